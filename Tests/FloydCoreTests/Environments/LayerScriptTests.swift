import Foundation
import Testing

@testable import FloydCore

@Suite struct LayerScriptTests {
    private static let python = "/usr/bin/python3"

    private func run(_ arguments: [String]) throws -> String {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: Self.python)
        process.arguments = ["-I", "-S", "-c"] + arguments
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return text
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python)))
    func whatFilesOfThePackagesAddToThePathGoesBeforeTheEnvironment() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "floyd-script-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let site = "lib/python3.11/site-packages"
        for folder in ["layer/\(site)", "base/\(site)", "code"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
        }
        _ = try run([LayerScript.begin, "\(root)/layer", "\(root)/base"])
        for folder in ["base/\(site)", "code"] { try Data().write(to: URL(filePath: "\(root)/\(folder)/tinypkg.py")) }
        // What an editable package is installed as.
        try Data("\(root)/code\n".utf8).write(to: URL(filePath: "\(root)/layer/\(site)/tinypkg.pth"))
        let found = "import site, sys; site.addsitedir(sys.argv[1]); import tinypkg; print(tinypkg.__file__, end='')"
        #expect(try run([found, "\(root)/layer/\(site)"]) == "\(root)/code/tinypkg.py")
    }
}
