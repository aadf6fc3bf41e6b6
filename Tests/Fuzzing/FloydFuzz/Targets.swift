/// What can be fuzzed, by name.
enum Targets {
    typealias Target = @Sendable ([UInt8]) -> Void

    static let all: [String: Target] = [
        "head": HeadTarget.check,
        "chunked": ChunkedTarget.check,
        "manifest": ManifestTarget.check,
        "range": RangeTarget.check,
        "cookie": CookieTarget.check,
        "path": PathTarget.check,
        "recipe": RecipeTarget.check,
        "blocks": BlockListTarget.check,
        "frames": FrameTarget.check,
        "tus": TusTarget.check,
        "json": JSONTarget.check,
    ]
}

/// Ends the program where a parser breaks what it promises: libFuzzer keeps the input.
func require(_ condition: @autoclosure () -> Bool, _ promise: @autoclosure () -> String) {
    guard !condition() else { return }
    // An optimised build's trap says nothing.
    print("broken: \(promise())")
    preconditionFailure(promise())
}

/// Ways of cutting an input into the pieces in which it may arrive.
enum Pieces {
    /// In two at a place that depends on the input, in some, and byte by byte.
    static func cuts(of input: [UInt8]) -> [[ArraySlice<UInt8>]] {
        guard input.count > 1 else { return [] }
        var seed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in input { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let middle = 1 + Int(seed % UInt64(input.count - 1))
        var some: [ArraySlice<UInt8>] = []
        var start = 0
        while start < input.count {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let end = min(input.count, start + 1 + Int(seed >> 60))
            some.append(input[start..<end])
            start = end
        }
        return [[input[..<middle], input[middle...]], some, input.indices.map { input[$0...$0] }]
    }
}
