import FloydModel
import Glibc
import Logging
import Testing

@testable import FloydCore

@Suite struct LocalUsersTests {
    private static let refused = LocalUsers.Refused(service: 900, jobs: .init(first: 100_000, count: 10))

    private func make(_ users: [String: String]) throws(FloydError) -> LocalUsers {
        var accounts: [String: Name] = [:]
        for (user, account) in users { accounts[user] = try Name(account) }
        let uids: [String: UInt32] = ["root": 0, "alice": 1000, "bob": 1001, "also-bob": 1001, "floydlite": 900]
        return try LocalUsers(accounts, refused: Self.refused) { uids[$0] }
    }

    @Test func aUserIsTheAccountThatTheConfigSays() throws {
        let users = try make(["alice": "al", "1001": "bob"])
        #expect(users.account(of: 1000)?.string == "al")
        #expect(users.account(of: 1001)?.string == "bob")
        for uid: UInt32 in [0, 1, 900, 1002, 65_534, 100_000, .max] { #expect(users.account(of: uid) == nil) }
        #expect(LocalUsers.none.account(of: 1000) == nil)
    }

    @Test(arguments: [
        (["root": "a"], "local_socket.users.root: uid 0 is root"),
        (["0": "a"], "local_socket.users.0: uid 0 is root"),
        (["floydlite": "a"], "local_socket.users.floydlite: uid 900 is the user that the server runs as"),
        (["100000": "a"], "local_socket.users.100000: uid 100000 is one that jobs run under"),
        (["100009": "a"], "local_socket.users.100009: uid 100009 is one that jobs run under"),
        (["65534": "a"], "local_socket.users.65534: uid 65534 is what users without a uid here look like"),
        (["4294967295": "a"], "local_socket.users.4294967295: uid 4294967295 is nobody's, so it can't be"),
        (["nobody-here": "a"], "local_socket.users.nobody-here: there is no user nobody-here"),
        (["+5": "a"], "local_socket.users.+5: there is no user +5"),
        (["4294967296": "a"], "local_socket.users.4294967296: there is no user"),
        (["bob": "b", "also-bob": "c"], "local_socket.users.bob: uid 1001 is the account c by another line"),
    ])
    func whatMayBeNobodyIsRefusedByItsKey(users: [String: String], message: String) {
        let error = #expect(throws: FloydError.self) { _ = try make(users) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test func edgesOfTheRangeAreOthers() throws {
        let users = try make(["99999": "a", "100010": "b"])
        #expect(users.account(of: 99_999) != nil && users.account(of: 100_010) != nil)
    }

    @Test func thisMachineIsAskedForNames() throws {
        let error = #expect(throws: FloydError.self) {
            _ = try LocalUsers(["root": Name("a")], jobs: .init())
        }
        #expect(error?.message.contains("is root") == true)
        #expect(throws: FloydError.self) { _ = try LocalUsers(["\(geteuid())": Name("a")], jobs: .init()) }
    }

    @Test func aDaemonIsNotStartedWithSuchAConfig() async throws {
        try await Scratch.with { root in
            var configuration = ServerConfiguration()
            configuration.localSocket = .init(path: "/run/x", users: ["root": try Name("a")])
            let error = await #expect(throws: FloydError.self) {
                _ = try await Daemon(
                    configuration: configuration,
                    environments: try configuration.environmentCatalog(besideConfig: nil),
                    dataFolder: try await DataFolderHold(DataFolder("\(root)/data")),
                    logger: .init(label: "test")
                )
            }
            #expect(error?.message.hasPrefix("local_socket.users.root") == true)
        }
    }

    @Test func whoCanNeverBeAnAccountIsNotSentToTheAdministrator() async throws {
        try await World.with { world in
            let service = AccountService(store: world.store, localUsers: try make(["alice": "alice"]))
            for (uid, words) in [(UInt32(0), "It is root"), (4_000_000_000, "local_socket")] {
                let error = await #expect(throws: FloydError.self) { try await service.authenticate(localUser: uid) }
                #expect(error?.hint?.contains(words) == true, "\(uid): \(error?.hint ?? "-")")
            }
        }
    }

    @Test func anAccountThatIsNotThereIsNamed() async throws {
        try await World.with { world in
            let service = AccountService(store: world.store, localUsers: try make(["alice": "alice", "bob": "carol"]))
            #expect(try await service.authenticate(localUser: 1000) == Login(world.alice, token: nil))
            let absent = try await failure { _ = try await service.authenticate(localUser: 1001) }
            #expect(absent?.code == .unauthenticated && absent?.hint?.contains("floydlited user add carol") == true)
            let stranger = try await failure { _ = try await service.authenticate(localUser: 1002) }
            #expect(stranger?.hint?.contains(#"local_socket: {users: {"1002": ACCOUNT}}"#) == true)
            _ = try await service.setDisabled(true, world.alice.name)
            let disabled = try await failure { _ = try await service.authenticate(localUser: 1000) }
            #expect(disabled?.message == "the account is disabled")
        }
    }
}
