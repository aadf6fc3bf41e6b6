import Testing

@testable import FloydModel

struct NearestNamesTests {
    @Test(
        "slips",
        arguments: [
            ("modelnett", ["modelnet", "mnist"], ["modelnet"]),
            ("modlenet", ["modelnet", "mnist"], ["modelnet"]),
            ("ModelNet", ["modelnet10", "modelnet"], ["modelnet", "modelnet10"]),
            ("model", ["modelnet", "mnist"], ["modelnet"]),
            ("mnits", ["mnist", "cifar"], ["mnist"]),
            ("x", ["y", "why"], ["y"]),
            ("imagenet", ["mnist", "cifar"], []),
            ("a", [], []),
        ]
    )
    func nearest(_ name: String, _ candidates: [String], _ expected: [String]) {
        #expect(NearestNames.nearest(to: name, among: candidates) == expected)
    }

    @Test func limit() {
        #expect(NearestNames.nearest(to: "abc", among: ["abe", "abd", "ab", "abcd"], limit: 2) == ["ab", "abcd"])
    }

    @Test func question() {
        #expect(NearestNames.question([]) == nil)
        #expect(NearestNames.question(["a"]) == "Did you mean a?")
        #expect(NearestNames.question(["a", "b", "c"]) == "Did you mean a, b or c?")
    }

    @Test(
        "edit distance with swaps",
        arguments: [
            ("", "", 0), ("", "ab", 2), ("ab", "", 2), ("ab", "ba", 1), ("kitten", "sitting", 3), ("abc", "abc", 0),
            ("abcd", "acbd", 1), ("ca", "abc", 3),
        ]
    )
    func distance(_ left: String, _ right: String, _ expected: Int) {
        #expect(NearestNames.distance(Array(left.utf8), Array(right.utf8), atMost: 9) == expected)
        #expect(NearestNames.distance(Array(right.utf8), Array(left.utf8), atMost: expected) == expected)
        #expect(NearestNames.distance(Array(left.utf8), Array(right.utf8), atMost: expected - 1) == nil)
    }
}
