import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// Metrics for Prometheus: they tell how many jobs everybody has, so they are for administrators, and for a listener of their own.
struct MetricsController: Sendable {
    var metrics: any MetricsServing
    var requests: RequestMetrics
    var version: String

    var routes: [Route] {
        [
            Route(
                .get,
                "/metrics",
                Operation(
                    "getMetrics",
                    "What Prometheus reads, for administrators.",
                    answers: [.content(MediaType.plain, .ok, "Metrics in the text format of Prometheus.")],
                    problems: [.forbidden]
                ),
                .account(show)
            )
        ]
    }

    private func show(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        guard account.role == .admin else {
            throw FloydError(.forbidden, "metrics are for administrators", hint: "Use an administrator's token.")
        }
        return try await response()
    }

    func response() async throws -> HTTPServerResponse {
        let sample = try await metrics.sample()
        let text = await BlockingWork.run { MetricsText.of(sample, requests, version: version) }
        return HTTPServerResponse(
            status: .ok,
            headerFields: [
                .contentType: Exposition.mediaType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
            ],
            body: .bytes(Array(text.utf8))
        )
    }
}
