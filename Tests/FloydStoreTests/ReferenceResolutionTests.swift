import FloydModel
import Testing

@testable import FloydStore

struct ReferenceResolutionTests {
    /// What a look-up ended with: a full name, or the error.
    private func answer(_ body: () async throws -> NumberedName) async throws -> Result<String, FloydError> {
        do {
            return .success(try await body().description)
        } catch let error as FloydError {
            return .failure(error)
        }
    }

    private func job(_ text: String, _ user: UserRecord, _ fixture: StoreFixture) async throws -> Result<
        String, FloydError
    > {
        try await answer { try await fixture.store.references.job(Reference(parsing: text), asking: user.account).name }
    }

    private func version(_ text: String, _ user: UserRecord, _ fixture: StoreFixture) async throws
        -> Result<String, FloydError>
    {
        try await answer {
            try await fixture.store.references.version(Reference(parsing: text), asking: user.account).name
        }
    }

    private func code(_ result: Result<String, FloydError>) -> FloydError.Code? {
        if case .failure(let error) = result { error.code } else { nil }
    }

    private func hint(_ result: Result<String, FloydError>) -> String? {
        if case .failure(let error) = result { error.hint } else { nil }
    }

    @Test("every form of a job")
    func jobs() async throws {
        try await StoreFixture.with { fixture in
            let first = try await fixture.submit(fixture.alice)
            _ = try await fixture.submit(fixture.alice)
            let (one, two) = ("alice/projects/x/1", "alice/projects/x/2")
            for (text, expected) in [
                (first.id.string, one), (first.project.string, two), ("x", two), ("x/1", one), ("x/1/output", one),
                ("alice/x", two), ("alice/x/1", one), ("alice/projects/x", two), ("alice/projects/x/1", one),
            ] {
                #expect(try await job(text, fixture.alice, fixture) == .success(expected), "\(text)")
            }
            #expect(try await code(job("1", fixture.alice, fixture)) == .invalidName)
            for text in ["x/3", "y", "alice/datasets/x", ObjectID().string, "bob/x", "nobody/x"] {
                #expect(try await code(job(text, fixture.alice, fixture)) == .jobNotFound, "\(text)")
            }
            #expect(try await hint(job("x/3", fixture.alice, fixture)) == "The latest is alice/projects/x/2.")
            #expect(try await hint(job("xx", fixture.alice, fixture)) == "Did you mean x?")
            _ = try await fixture.store.resources.createOrGet(
                .projects,
                Name("e"),
                owner: fixture.alice.id,
                at: StoreFixture.now
            )
            #expect(try await hint(job("e", fixture.alice, fixture))?.contains("floydlite run") == true)
            #expect(try await hint(job("e/4", fixture.alice, fixture))?.contains("floydlite run") == true)
        }
    }

    @Test("every form of a dataset and its versions")
    func versions() async throws {
        try await StoreFixture.with { fixture in
            let made = try await fixture.versions(2, of: "modelnet", fixture.alice)
            let (one, two) = (made[0].name.description, made[1].name.description)
            for (text, expected) in [
                (made[0].id.string, one), (made[0].dataset.string, two), ("modelnet", two), ("modelnet/1", one),
                ("alice/modelnet", two), ("alice/modelnet/1", one), ("alice/datasets/modelnet", two), (one, one),
            ] {
                #expect(try await version(text, fixture.alice, fixture) == .success(expected), "\(text)")
                let dataset = try await fixture.store.references.dataset(
                    Reference(parsing: text),
                    asking: fixture.alice.account
                )
                #expect(dataset.id == made[0].dataset, "\(text)")
            }
            #expect(try await code(version("1", fixture.alice, fixture)) == .invalidName)
            for text in ["modelnet/3", "y", "alice/projects/modelnet", ObjectID().string, "modelnet/output"] {
                #expect(try await code(version(text, fixture.alice, fixture)) == .datasetNotFound, "\(text)")
                let dataset = try await FloydStoreTests.code {
                    _ = try await fixture.store.references.dataset(
                        Reference(parsing: text),
                        asking: fixture.alice.account
                    )
                }
                #expect(dataset == .datasetNotFound, "\(text)")
            }
            _ = try await fixture.dataset("empty", of: fixture.alice)
            #expect(try await hint(version("empty", fixture.alice, fixture))?.contains("data upload") == true)
            _ = try await fixture.store.references.dataset(Reference(parsing: "empty"), asking: fixture.alice.account)
        }
    }

    @Test("the error of a misspelt dataset suggests the nearest, of what the account may see alone")
    func suggestions() async throws {
        try await StoreFixture.with { fixture in
            _ = try await fixture.versions(1, of: "modelnet", fixture.alice)
            let misspelt = try await version("modelnett", fixture.alice, fixture)
            #expect(
                misspelt
                    == .failure(
                        FloydError(.datasetNotFound, "there is no dataset modelnett", hint: "Did you mean modelnet?")
                    )
            )
            let lost = try await hint(version("zzzzzz", fixture.alice, fixture))
            #expect(lost == "Your datasets: modelnet.")
            let none = try await hint(version("modelnett", fixture.bob, fixture))
            #expect(none?.hasPrefix("You have no dataset yet") == true)
            #expect(try await hint(version("alice/modelnett", fixture.bob, fixture)) == none)
            _ = try await fixture.submit(fixture.bob, project: "p")
            #expect(try await hint(version("p", fixture.bob, fixture))?.contains("p/output") == true)

            let dataset = try await fixture.dataset("modelnet", of: fixture.alice)
            _ = try await fixture.store.resources.setPublic(true, .datasets, dataset.id)
            let other = try await hint(version("modelnet", fixture.bob, fixture))
            #expect(other == "Did you mean alice/modelnet?")
            #expect(try await hint(version("alice/modelnett", fixture.bob, fixture)) == other)
            let names = try await fixture.store.references.visibleNames(.datasets, to: fixture.bob.account)
            #expect(names.map(\.description) == ["alice/datasets/modelnet"])
        }
    }

    @Test("what one may not see is answered exactly like what does not exist, until it is public; an admin sees all")
    func visibility() async throws {
        try await StoreFixture.with { fixture in
            let made = try await fixture.versions(1, of: "secret", fixture.alice)[0]
            let job = try await fixture.submit(fixture.alice, project: "secret")
            let absent = ObjectID()
            func replacing(_ result: Result<String, FloydError>, _ text: String) -> Result<String, FloydError> {
                result.mapError { error in
                    func mask(_ text: String, _ part: String) -> String {
                        text.split(separator: part).joined(separator: "*")
                    }
                    return FloydError(error.code, mask(error.message, text), hint: error.hint.map { mask($0, text) })
                }
            }
            for (hidden, missing) in [
                ("alice/secret", "alice/nought"), ("alice/secret/1", "alice/nought/1"),
                ("alice/datasets/secret/1", "alice/datasets/nought/1"),
                ("alice/projects/secret", "alice/projects/nought"),
                (made.id.string, absent.string), (made.dataset.string, absent.string), (job.id.string, absent.string),
                (job.project.string, absent.string),
            ] {
                let seen = try await [version(hidden, fixture.bob, fixture), bobsJob(hidden, fixture)]
                let unseen = try await [version(missing, fixture.bob, fixture), bobsJob(missing, fixture)]
                #expect(seen.map { replacing($0, hidden) } == unseen.map { replacing($0, missing) }, "\(hidden)")
                #expect(seen.allSatisfy { code($0) != nil })
            }
            #expect(try await version("alice/secret", fixture.root, fixture) == .success(made.name.description))
            #expect(try await self.job("alice/secret", fixture.root, fixture) == .success(job.name.description))
            #expect(try await self.job(job.id.string, fixture.root, fixture) == .success(job.name.description))

            _ = try await fixture.store.resources.setPublic(true, .datasets, made.dataset)
            #expect(try await version(made.id.string, fixture.bob, fixture) == .success(made.name.description))
            #expect(try await code(self.job(job.id.string, fixture.bob, fixture)) == .jobNotFound)
            _ = try await fixture.store.resources.setPublic(true, .projects, job.project)
            #expect(try await self.job("alice/secret/1", fixture.bob, fixture) == .success(job.name.description))
        }
    }

    private func bobsJob(_ text: String, _ fixture: StoreFixture) async throws -> Result<String, FloydError> {
        try await job(text, fixture.bob, fixture)
    }

    @Test("a data source is a version, or a job's output")
    func sources() async throws {
        try await StoreFixture.with { fixture in
            let version = try await fixture.versions(1, of: "d", fixture.alice)[0]
            let job = try await fixture.submit(fixture.alice)
            let references = fixture.store.references
            func source(_ text: String) async throws -> ReferenceQueries.DataSource {
                try await references.source(Reference(parsing: text), asking: fixture.alice.account)
            }
            #expect(try await source("d") == .version(version))
            #expect(try await source("x/output") == .output(job))
            #expect(try await source("\(job.id)/output") == .output(job))
            let error = await #expect(throws: FloydError.self) { _ = try await source(job.id.string) }
            #expect(error?.code == .datasetNotFound)
            #expect(error?.hint?.contains("\(job.id)/output") == true)
        }
    }
}
