import FloydHTTP
import FloydModel
import Foundation
import HTTPTypes
import Testing

@testable import FloydServer

/// Tricks with paths, in every parameter of every route, and in every query parameter that a route knows. The routes are those of the
/// application, so a new one is tried by itself.
@Suite(.serialized) struct TraversalTests {
    /// As they stand in the request.
    static let tricks: [String] =
        [
            // Out of a folder.
            "..", "%2e%2e", "%2E%2e", ".%2e", "%2e.", ".", "%2e", "...", "....", "..%2f", "..%2f..%2f..%2fetc%2fpasswd",
            "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "x%2f..%2f..%2fdata%2ffloydlite.db", "alice%2f..%2fbob",
            "alice%2fprojects%2f..%2f..", "%2fetc%2fpasswd", "%2f", "%2f%2f", "a%2f%2fb", "..;", "..%3b", ";",
            "a.txt%2f..%2f..%2f..%2ffloydlite.db", "~", "~root", "file:%2f%2f%2fetc%2fpasswd",
            // Decoded twice.
            "%252e%252e", "%252e%252e%252f", "%25252e%25252e", "%252f", "%2500",
            // Other slashes and dots.
            "..%5c..%5cetc%5cpasswd", "..\\..\\etc\\passwd", "%5c", "%ef%bc%8e%ef%bc%8e", "%e2%80%a5",
            "%e2%80%a4%e2%80%a4",
            "..%ef%bc%8fetc", "..%e2%88%95etc", "..%e2%81%84etc", "%e2%80%8b..", "%ef%bb%bf..", "..%cc%b8",
            // What is no UTF-8: overlong, surrogates, too large, cut.
            "%c0%ae%c0%ae", "%c0%af", "%c1%9c", "%e0%80%ae%e0%80%ae", "%e0%80%af", "%f0%80%80%ae", "%f8%80%80%80%ae",
            "%ed%a0%80", "%f4%90%80%80", "%ff", "%fe%ff", "%80", "%c3",
            // NUL and other controls.
            "%00", "a.txt%00", "a.txt%00.png", "..%00", "%00..%2f", "%0d%0aSet-Cookie:%20a=b", "%0a", "%08", "%1b[2J",
            "%7f",
            "%c2%80", "%e2%80%ae", "%e2%80%a8",
            // Escapes that are none.
            "%", "%2", "%zz", "%u002e%u002e", "%-1", "%%32%65", "&#46;&#46;", "%2g",
            // Look-alikes of names that are there.
            "%d0%b0lice%2fdataset-100", "alic%d0%b5%2fproject-100", "ali%63e%2F%2Fproject-100", "ALICE%2fproject-100",
            "alice%2fproject-100%2f", "alice%2fproject-100%2f01", "alice%2fproject-100%2f-1",
            "alice%2fproject-100%2f%2b1",
            "alice%2fproject-100%2f%d9%a1", "alice%2fproject-100%20", "%20alice%2fproject-100", "project-100%ef%bc%91",
            "cafe%cc%81", "%ef%bd%81lice%2fproject-100",
            // Numbers and words that something might take for more.
            "0", "-1", "%2b1", "1e9", "0x10", "99999999999999999999", "9223372036854775807", "nan", "null", "undefined",
            "*",
            "'%20OR%201=1--", "%22;DROP%20TABLE%20jobs", "$(id)", "`id`", "%7b%7b7*7%7d%7d", "-", "--help", "con",
            "nul",
            // Empty, long, deep.
            "%20", String(repeating: "a", count: 6_000), String(repeating: "%2e%2e%2f", count: 500),
            String(repeating: "a%2f", count: 1_000), String(repeating: "%e2%80%ae", count: 500),
        ]

    /// Routes that answer without looking at what the path names.
    private static let careless: Set<String> = ["OPTIONS /api/v1/uploads/{upload}"]

    private static let rest = "{path...}"

    /// The template with each of its parameters replaced by the trick in turn, and the others by what is there.
    private static func paths(_ route: Route, _ trick: String, _ row: AccessRow, _ things: RealServer.Things)
        -> [String]
    {
        let template = route.template.description.split(separator: "/", omittingEmptySubsequences: false).map(
            String.init
        )
        let asked = row.ask(things).path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
            .map(String.init)
        guard template.count <= asked.count else { return [] }
        return template.indices.filter { template[$0].hasPrefix("{") }.flatMap { index in
            var parts = asked
            parts[index] = trick
            var all = [parts.joined(separator: "/")]
            if template[index] == rest {
                // Below what is there, above it, and beside it.
                all += ["a.txt/\(trick)", "\(trick)/a.txt", "\(trick)/\(trick)"].map { tail in
                    (asked[..<index] + [tail]).joined(separator: "/")
                }
            }
            return all
        }
    }

    private static func row(_ route: Route) -> AccessRow? {
        AccessTable.rows["\(route.method.rawValue) \(route.template)"]
    }

    @Test("in a path they lead nowhere, and nothing breaks")
    func parameters() async throws {
        let server = try await RealServer()
        let things = try await server.make(100, isPublic: false)
        var requests = 0
        for route in server.application.routes where route.template.description.contains("{") {
            let name = "\(route.method.rawValue) \(route.template)"
            let row = try #require(Self.row(route), "\(name) is not in the access table")
            let query = row.ask(things).path.split(separator: "?", maxSplits: 1).dropFirst().first
            for trick in Self.tricks {
                for path in Self.paths(route, trick, row, things) {
                    var ask = row.ask(things)
                    ask.path = path + (query.map { "?\($0)" } ?? "")
                    let answer = await server.send(ask, as: .owner)
                    requests += 1
                    let isRefused = (400..<500).contains(answer.status)
                    #expect(isRefused || Self.careless.contains(name), "\(name): \(path): \(answer.status)")
                    #expect(!answer.text.contains("root:x:0"))
                }
            }
        }
        #expect(requests > 30 * Self.tricks.count)
        // All is as it was.
        let version = await server.send(
            .init(method: .get, path: "/api/v1/dataset-versions/\(things.version)"),
            as: .owner
        )
        let job = await server.send(.init(method: .get, path: "/api/v1/jobs/\(things.waiting)"), as: .owner)
        #expect(version.status == 200)
        #expect(job.text.contains(#""state":"queued""#))
    }

    @Test("between the parts of a path they lead nowhere either")
    func slashes() async throws {
        let server = try await RealServer()
        let things = try await server.make(100, isPublic: false)
        for route in server.application.routes {
            guard let row = Self.row(route) else { continue }
            let ask = row.ask(things)
            let parts = ask.path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count > 2 else { continue }
            for index in 1..<parts.count {
                for insertion in ["", ".", "..", "%2e%2e", "%2f", "%00", "..%2f", ";x=y"] {
                    var changed = parts
                    changed.insert(insertion[...], at: index)
                    var other = ask
                    other.path = changed.joined(separator: "/")
                    let answer = await server.send(other, as: .owner)
                    #expect((400..<500).contains(answer.status), "\(ask.method) \(other.path): \(answer.status)")
                }
            }
        }
    }

    @Test("in a query they lead nowhere, and nothing breaks")
    func queries() async throws {
        let server = try await RealServer()
        let things = try await server.make(100, isPublic: false)
        for route in server.application.routes where !route.query.isEmpty {
            // The pages' own files take what they want to be told apart by.
            guard let row = Self.row(route) else { continue }
            let ask = row.ask(things)
            let path = ask.path.prefix { $0 != "?" }
            for name in route.query {
                for trick in Self.tricks {
                    // Nothing that a query could end, or begin anew.
                    var other = ask
                    let others =
                        ask.path.split(separator: "?", maxSplits: 1).dropFirst().first?.split(separator: "&") ?? []
                    let kept = others.filter { !$0.hasPrefix("\(name)=") }
                    other.path = "\(path)?" + (kept + ["\(name)=\(trick)"[...]]).joined(separator: "&")
                    let answer = await server.send(other, as: .owner)
                    #expect(answer.status < 500, "\(ask.method) \(other.path): \(answer.status) \(answer.text)")
                    #expect(!answer.text.contains("root:x:0"))
                }
            }
        }
    }

    @Test("in a body they are refused by name", arguments: ["name", "project", "source", "job", "upload"])
    func bodies(field: String) async throws {
        let server = try await RealServer()
        let things = try await server.make(100, isPublic: false)
        for trick in Self.tricks {
            guard let text = PercentDecoding.decode(trick), let quoted = try? JSONEncoder().encode(text) else {
                continue
            }
            let value = String(decoding: quoted, as: UTF8.self)
            let (path, body) =
                switch field {
                case "name": ("/api/v1/datasets", #"{"name":\#(value)}"#)
                case "project": ("/api/v1/jobs", #"{"project":\#(value),"code":"\#(things.tree)","command":"true"}"#)
                case "source":
                    (
                        "/api/v1/jobs",
                        #"{"project":"x","code":"\#(things.tree)","command":"true","data":[{"source":\#(value)}]}"#
                    )
                default: ("/api/v1/datasets/\(things.dataset)/versions", #"{"\#(field)":\#(value)}"#)
                }
            let ask = RealServer.Ask(method: .post, path: path, body: body, type: "application/json")
            let answer = await server.send(ask, as: .owner)
            // Some of them are good names.
            let isGood = field == "name" || field == "project" ? (try? Name(text)) != nil : false
            #expect((400..<500).contains(answer.status) || isGood, "\(field) \(trick): \(answer.status)")
        }
    }
}
