import Glibc

/// Feeds the parser that `FLOYD_FUZZ_TARGET` names whatever libFuzzer makes up. The environment says it, not an argument: libFuzzer starts
/// this program again with arguments of its own. Its `main` is libFuzzer's (https://llvm.org/docs/LibFuzzer.html), which calls the two
/// functions below.
///
/// Built and run by `Tests/Fuzzing/fuzz`.
enum FloydFuzz {
    static let target = getenv("FLOYD_FUZZ_TARGET").flatMap { Targets.all[String(cString: $0)] }
}

/// Shows which targets there are where none of them is named.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
    guard FloydFuzz.target != nil else {
        print(Targets.all.keys.sorted().joined(separator: "\n"))
        exit(getenv("FLOYD_FUZZ_TARGET") == nil ? 0 : 1)
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    FloydFuzz.target?(Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}
