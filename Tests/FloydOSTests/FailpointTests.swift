import Testing

@testable import FloydOS

struct FailpointTests {
    @Test("A name arms its failpoint for the first time, a name with a number for that time")
    func names() throws {
        let first = try #require(ArmedFailpoint("launch.claimed"))
        #expect(first.point == .launchClaimed)
        #expect(first.countdown())
        let third = try #require(ArmedFailpoint("store.committed:3"))
        #expect(third.point == .storeCommitted)
        #expect((0..<5).map { _ in third.countdown() } == [false, false, true, false, false])
    }

    @Test(
        "Anything else arms none",
        arguments: [
            nil, "", "launch", "launch.claimed:", "launch.claimed:0", "launch.claimed:-1", "launch.claimed:x",
            "launch.claimed:1:1", ":1", "Launch.claimed", "launch.claimed ",
        ]
    )
    func others(text: String?) {
        #expect(ArmedFailpoint(text) == nil)
    }

    @Test("Every failpoint can be armed by its name, which says whose it is")
    func all() {
        for point in Failpoint.allCases {
            #expect(ArmedFailpoint(point.rawValue)?.point == point)
            #expect(point.rawValue.split(separator: ".").count == 2, "\(point.rawValue)")
        }
    }

    @Test("One that is not armed does nothing")
    func unarmed() {
        for point in Failpoint.allCases { point.reach() }
    }
}
