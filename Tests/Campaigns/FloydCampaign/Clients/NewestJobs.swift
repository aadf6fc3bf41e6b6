import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FoundationEssentials

/// The first page of the list of jobs: the latest ones.
enum NewestJobs {
    static func read(_ setting: ClientSetting) throws -> [JobResponse] {
        let transport = try CurlTransport(to: ServerAddress(parsing: setting.access.url))
        let request = TransportRequest(
            "GET",
            "\(APIPath.jobs)?project=\(setting.project)&limit=100",
            headers: [("Authorization", "Bearer \(setting.access.token)")],
            timeout: .seconds(10)
        )
        var body = Data()
        let head = try transport.perform(request) { _, bytes throws(FloydError) in body.append(contentsOf: bytes) }
        guard head.isSuccess else { return [] }
        return try MessageCoding.decode(ListResponse<JobResponse>.self, from: body).items
    }
}
