import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

/// The forms of the pages. Their routes are those of the application, so a new one is tried by itself.
@Suite("Forms")
struct FormTests {
    private static func forms(_ app: TestApplication) -> [(path: String, fields: [String])] {
        app.application.routes.compactMap { route in
            route.form.map { (route.template.description.replacing("{job}", with: "x"), $0) }
        }
    }

    private func send(_ app: TestApplication, _ path: String, _ body: String, type: String? = FormBody.mediaType) async
        -> Answer
    {
        await app.send(.post, path, body: body, type: type)
    }

    @Test("each page that takes something says what its form has")
    func declared() throws {
        let app = try TestApplication()
        let changing = app.application.routes.filter { $0.operation == nil && $0.method != .get }
        #expect(changing.count == 3 && changing.allSatisfy { $0.form != nil })
        // And the pages have no field that they don't take.
        #expect(app.application.routes.allSatisfy { $0.form == nil || $0.method == .post })
    }

    @Test(
        "fields that they don't have are refused by name, whatever else is in them",
        arguments: ["colour=blue", "colour", "=", "Token=x", "%00colour=", "a.b=c&token=alice-token"]
    )
    func unknownFields(extra: String) async throws {
        let app = try TestApplication()
        for form in Self.forms(app) {
            for body in [extra, "\(form.fields.map { "\($0)=0" }.joined(separator: "&"))&\(extra)"] {
                // Twice the same field is another flaw, which is told by name, too.
                let answer = await send(app, form.path, body)
                #expect(answer.status == 400, "\(form.path) \(body)")
                #expect(answer["Content-Type"]?.hasPrefix("text/html") == true)
                if extra.hasPrefix("colour") {
                    #expect(answer.text.contains("no field colour in this form"), "\(body)")
                }
                #expect(answer["Set-Cookie"] == nil && answer["Location"] == nil)
            }
        }
        #expect(app.fake.calls.isEmpty, "nothing was done")
    }

    @Test("fields that they have are refused by name where they come twice")
    func twice() async throws {
        let app = try TestApplication()
        for form in Self.forms(app) {
            for field in form.fields {
                let answer = await send(app, form.path, "\(field)=0&\(field)=0")
                #expect(answer.status == 400 && answer.text.contains("field \(field) is given twice"), "\(form.path)")
            }
        }
        #expect(app.fake.calls.isEmpty)
    }

    @Test("a name in the refusal is text, and cut")
    func hostileNames() async throws {
        let app = try TestApplication()
        for form in Self.forms(app) {
            let answer = await send(app, form.path, "%3Cscript%3E%1b%5b2J" + String(repeating: "x", count: 500) + "=1")
            #expect(answer.status == 400 && answer.text.contains("&lt;script&gt;"))
            #expect(!answer.text.contains("<script>\u{1b}") && !answer.text.contains("\u{1b}"))
            #expect(!answer.text.contains(String(repeating: "x", count: 100)))
        }
    }

    @Test("what is no form is refused, and no content is a form without fields")
    func types() async throws {
        let app = try TestApplication()
        for form in Self.forms(app) {
            #expect(await send(app, form.path, "{}", type: "application/json").status == 415, "\(form.path)")
            #expect(await send(app, form.path, "x=y", type: nil).status == 415, "\(form.path)")
            #expect(await send(app, form.path, "a=%zz").status == 400, "\(form.path)")
            let large = String(repeating: "a", count: FormBody.limit + 1)
            #expect(await send(app, form.path, large).status == 413, "\(form.path)")
        }
        #expect(app.fake.calls.isEmpty)
        for type in [nil, FormBody.mediaType] {
            #expect(await send(app, "/jobs/x/stop", "", type: type).status == 303)
            #expect(await send(app, "/logout", "", type: type).status == 303)
            #expect(await send(app, "/login", "", type: type).status == 401)
        }
    }

    @Test("what a page's own buttons send is taken")
    func ownForms() async throws {
        let app = try TestApplication()
        let page = await app.send(.get, "/", token: nil)
        #expect(page.text.contains(#"name="token""#) && page.text.contains(#"name="next""#))
        #expect(await send(app, "/login", "next=&token=alice-token").status == 303)
        #expect(await send(app, "/jobs/x/stop", "grace=0").status == 303)
        let wrong = await send(app, "/jobs/x/stop", "grace=soon")
        #expect(wrong.status == 400 && wrong.text.contains("field grace"))
    }
}
