import FloydModel
import FloydOS
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct TokenSecretTests {
    @Test func isLongRandomAndKnownByItsPrefix() {
        let secrets = (0..<64).map { _ in TokenSecret().string }
        #expect(Set(secrets).count == 64)
        for secret in secrets {
            #expect(secret.hasPrefix("floyd_"))
            #expect(secret.utf8.count == 49)
            #expect(secret.dropFirst(6).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        }
        // Every symbol comes up.
        #expect(Set(secrets.joined().dropFirst(6)).count >= 62)
    }

    @Test func isHashedWithSHA256() {
        let hash = TokenSecret("abc").hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(hash == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}

@Suite struct AccountServiceTests {
    @Test func aTokenSpeaksForItsAccount() async throws {
        try await World.with { world in
            let service = AccountService(store: world.store)
            let (account, token) = try await service.addUser(Name("carol"), role: .admin)
            #expect(account.role == .admin)
            #expect(try await service.authenticate(token: token)?.account == account)
            let other = try await service.addToken(to: account.name, name: "laptop")
            #expect(other != token)
            #expect(try await service.authenticate(token: other)?.account == account)
        }
    }

    @Test func whatIsNoTokenIsNobody() async throws {
        try await World.with { world in
            let service = AccountService(store: world.store)
            for text in ["", "x", "floyd", "floyd_wrong", String(repeating: "floyd_", count: 100), "Bearer floyd_x"] {
                let account = try await service.authenticate(token: text)
                #expect(account == nil)
            }
        }
    }

    @Test func aNameIsGivenOnce() async throws {
        try await World.with { world in
            let service = AccountService(store: world.store)
            _ = try await service.addUser(Name("carol"), role: .user)
            #expect(try await code { _ = try await service.addUser(Name("carol"), role: .user) } == .alreadyExists)
        }
    }

    @Test func anAccountWithoutATokenGetsItsFirst() async throws {
        try await World.with { world in
            let service = AccountService(store: world.store)
            // As after a crash between the two.
            let dora = try await world.store.accounts.addUser(Name("dora"), at: Date())
            #expect(try await code { _ = try await service.addUser(Name("dora"), role: .admin) } == .alreadyExists)
            let (account, token) = try await service.addUser(Name("dora"), role: .user)
            #expect(account.id == dora.id)
            #expect(try await service.authenticate(token: token)?.account == account)
            #expect(try await code { _ = try await service.addUser(Name("dora"), role: .user) } == .alreadyExists)
        }
    }

    @Test func opensAFolderThatIsNotThereYet() async throws {
        try await Scratch.with { root in
            let folder = DataFolder("\(root)/data")
            let (account, token) = try await AccountService.open(folder).addUser(Name("alice"), role: .user)
            #expect(try await AccountService.open(folder).authenticate(token: token)?.account == account)
        }
    }
}

@Suite struct JobIdentitiesTests {
    @Test func eachAccountHasAUserOfItsOwn() async throws {
        try await World.with { world in
            let identities = JobIdentities(range: .init(first: 100_000, count: 10))
            let alice = try await identities.identity(of: world.alice, in: world.store)
            let bob = try await identities.identity(of: world.bob, in: world.store)
            let all = [identities.builder, identities.unpacker, alice, bob].compactMap { $0 }
            #expect(all.count == 4)
            #expect(Set(all).count == 4)
            #expect(all.allSatisfy { (100_000..<100_010).contains($0.uid) && $0.uid == $0.gid })
        }
    }

    @Test func saysWhenTheRangeIsUsedUp() async throws {
        try await World.with { world in
            let identities = JobIdentities(range: .init(first: 100_000, count: 3))
            #expect(try await identities.identity(of: world.alice, in: world.store)?.uid == 100_001)
            let error = try await failure { _ = try await identities.identity(of: world.bob, in: world.store) }
            #expect(error?.code == .unavailable)
            #expect(error?.hint?.contains("job_uids.count") == true)
        }
    }

    @Test func withoutARangeAllRunAsTheService() async throws {
        try await World.with { world in
            let identities = JobIdentities(range: nil)
            #expect(identities.builder == nil && identities.unpacker == nil)
            let identity = try await identities.identity(of: world.alice, in: world.store)
            #expect(identity == nil)
        }
    }
}

extension JobIdentities {
    fileprivate func identity(of account: Account, in store: Store) async throws -> UserIdentity? {
        let user = try #require(try await store.accounts.user(account.id))
        return try identity(of: user.name, offset: user.hostUIDOffset)
    }
}
