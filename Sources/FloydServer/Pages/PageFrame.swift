import FloydCore
import FloydModel

/// What all pages show around their own.
struct PageFrame: Sendable {
    var version: String
    var account: Account?

    func values(title: String) -> [String: Any] {
        [
            "title": title,
            "user": JobView.present(account?.name.string),
            "version": version,
            "icon": Asset.icon.href,
            "style": Asset.style.href,
            "script": Asset.script.href,
        ]
    }
}
