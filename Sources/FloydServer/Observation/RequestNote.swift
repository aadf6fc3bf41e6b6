import FloydHTTP
import FloydModel

/// What the application knows of a request that the server's observer wants to know: which route it was, and who asked.
final class RequestNote: HTTPAnnotation {
    /// Its place among the application's routes; nil: there is none for it.
    let route: Int?
    /// The account, where somebody was logged in.
    let user: Name?
    /// The client's address, by what proxies say where they are believed.
    let client: String

    init(route: Int?, user: Name?, client: String) {
        self.route = route
        self.user = user
        self.client = client
    }
}
