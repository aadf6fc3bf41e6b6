import Glibc

/// Feeds one of the product's parsers whatever libFuzzer makes up: `FloydFuzz TARGET [OPTION …] [CORPUS …]`. Its `main` is libFuzzer's
/// (https://llvm.org/docs/LibFuzzer.html), which calls the two functions below.
///
/// Built and run by `Tests/Fuzzing/fuzz`.
enum FloydFuzz {
    static let target = CommandLine.arguments.dropFirst().first.flatMap { Targets.all[$0] }
}

/// Takes the target's name out of the arguments, or shows which there are.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
    guard FloydFuzz.target != nil else {
        print(Targets.all.keys.sorted().joined(separator: "\n"))
        exit(CommandLine.arguments.count > 1 ? 1 : 0)
    }
    arguments.pointee[1] = arguments.pointee[0]
    arguments.pointee += 1
    count.pointee -= 1
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    FloydFuzz.target?(Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}
