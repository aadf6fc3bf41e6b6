internal import Glibc

/// The fields of `/proc/PID/stat` (proc(5)).
struct ProcessStatFile {
    let pid: pid_t
    let name: ArraySlice<UInt8>
    /// From the third on, which is the state.
    private let fields: [ArraySlice<UInt8>]

    /// The name in parentheses may itself hold spaces and parentheses, so the fields are counted from the last one on.
    init?(_ bytes: [UInt8]) {
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")), let close = bytes.lastIndex(of: UInt8(ascii: ")")),
            open < close, let pid = pid_t(String(decoding: bytes[..<open].dropLast(), as: UTF8.self))
        else { return nil }
        self.pid = pid
        name = bytes[(open + 1)..<close]
        fields = bytes[(close + 1)...].split(separator: UInt8(ascii: " "))
        if fields.count < 22 { return nil }
    }

    /// The file of whoever has `pid` now, or nil if nobody has.
    static func read(_ pid: pid_t) -> [UInt8]? {
        try? DurableFile.read("/proc/\(pid)/stat", limit: 4096)
    }

    var state: UInt8? { fields[0].first }

    /// The field that proc(5) counts as `number`, from 4 to 24.
    func number<Value: FixedWidthInteger>(_ number: Int) -> Value? {
        Value(String(decoding: fields[number - 3], as: UTF8.self))
    }
}
