import FloydModel
import Testing

@testable import FloydProject

@Suite struct RequirementsFileTests {
    private static let hash = "--hash=sha256:" + String(repeating: "0a", count: 32)

    private func file(_ text: String) throws -> RequirementsFile { try RequirementsFile(Array(text.utf8)) }

    @Test(arguments: [
        "", "\n\r\n \t\r", "# six\n  # seven==1\n", "--pre\n--index-url https://example.org/simple\n", "\\\n",
    ])
    func commentsAndSettingsAskForNothing(_ text: String) throws {
        let file = try file(text)
        #expect(file.isEmpty && !file.isLocked && !file.readsCode)
    }

    @Test(arguments: [
        "six", "six==1.16.0  # comment", "Six[a,b] >= 1.2, != 1.3 ; python_version < '3.12'", "a.b-c_d~=1\r\nsix\r\n",
        "six \\\n  ==1.16.0", "x @ https://example.org/x-1.tar.gz", "https://example.org/x.whl",
        "git+https://example.org/x.git", "-i https://example.org/simple\nsix",
        "--extra-index-url=https://example.org\nsix",
        "--no-binary :all:\nsix", "--only-binary=six\nsix",
    ])
    func packagesByNameOrFromTheNetworkNeedNoCode(_ text: String) throws {
        let file = try file(text)
        #expect(!file.isEmpty && !file.readsCode && !file.isLocked)
    }

    @Test func filesOfTheCodeAreNamed() throws {
        let file = try file(
            """
            -r other.txt
            --requirement=./a/./b.txt
            -c c.txt  # comment
            --constraint d.txt
            ./wheels/x-1.0+cu12-py3-none-any.whl
            X-1.0.TAR.GZ
            six
            """
        )
        #expect(file.lists == ["other.txt", "a/b.txt", "c.txt", "d.txt"])
        #expect(file.files == ["wheels/x-1.0+cu12-py3-none-any.whl", "X-1.0.TAR.GZ"])
        #expect(file.readsCode && !file.readsEverything && !file.isLocked && !file.isEmpty)
    }

    @Test(arguments: [
        "-r ../x", "-r /x", "-r .", "-r a b", "-r $X", "-r https://example.org/x", "./x.whl ; python_version < '3'",
        "/x.whl", "../x.whl",
        "x y.whl", "a\u{e9}.whl", "-cother.txt", "x.whl[a]", "./pkg", "pkg/", "-e .", "--editable ./x", "x @ ./x",
        "x @ file:///x",
        "file:///x.whl", "${HOME}/x", "x @ https://example.org/${X}",
        "--find-links wheels",
        "--index-url file:///x", "--index-url ./x", "--strange", "a\\b", "../x", "~/x", "x\u{2028}-r other.txt",
        "\u{feff}six",
        "six\u{b}-r other.txt", "git+file:///x", "x==1 ; python_version > '3' and @", "--pre -r other.txt",
    ])
    func whateverMayBeInTheCodeReadsIt(_ text: String) throws {
        let file = try file("six\n\(text)\n")
        #expect(file.readsEverything && file.readsCode && !file.isLocked && !file.isEmpty)
    }

    @Test(arguments: [
        "six==1.16.0 \(hash)", "six == 1.16.0 \\\n    \(hash) \\\n    \(hash)\n",
        "a[b,c]==1!2.0+x.1 ; python_version < '3.12' \(hash) # x",
        "--require-hashes\n--only-binary :all:\n-i https://example.org/simple\nsix==1 \(hash)\n# end",
        "six==1 --hash=sha512:" + String(repeating: "ab", count: 64),
    ])
    func allPinnedByHashIsLocked(_ text: String) throws {
        let file = try file(text)
        #expect(file.isLocked && !file.readsCode)
    }

    @Test func ofALockedListTheInstallerIsGivenWhatWasUnderstood() throws {
        let text = """
            # ours
            --require-hashes
            --only-binary=:all:
            -i\thttps://example.org/a%20b/simple  # x
            --extra-index-url=http://u:p@[::1]:80/
            Six[a, b]  ==  1.16.0 \(Self.hash)
            """
        #expect(
            try file(text).installed
                == Array(
                    """
                    --require-hashes
                    --only-binary :all:
                    -i https://example.org/a%20b/simple
                    --extra-index-url http://u:p@[::1]:80/
                    Six[a,b]==1.16.0 \(Self.hash)

                    """.utf8
                )
        )
        let marked = try file("six==1; python_version  <\t'3.12' \\\r\n \(Self.hash) \\\n\(Self.hash)")
        #expect(marked.installed == Array("six==1 ; python_version < '3.12' \(Self.hash) \(Self.hash)\n".utf8))
        // What is understood is understood in the same way again.
        #expect(try RequirementsFile(marked.installed).installed == marked.installed)
        for other in ["six  # x\n", "six==1 \(Self.hash)\n-r x"] {
            #expect(try file(other).installed == Array(other.utf8))
        }
    }

    /// Where installers read two options, a comment or a longer value, none of it counts as understood.
    @Test(arguments: [
        "--index-url=https://pypi.org/simple#\\\n-r=https://evil.example/list.txt", "-i https://a.b/#c",
        "-i https://a.b/ \\\n", "-i \\\nhttps://a.b/", "--index-url=https://a.b/?c=d", "-i https://a.b/\u{c}-r=x",
        "-i https://a.b/\u{a0}-r", "-i git+https://a.b/c", "-r \\\nother.txt", "-r=a#b", "\\\n-r other.txt",
        "--only-binary=:all:#x", "--only-binary :all:\\", "--only-binary=", "--require-hashes=", "--require-hashes \\",
        "--no-binary=six#\\\n-r x", "six\\\n==1", "six==1 \\ ",
        "six==1 \(hash) seven \(hash)", "six==1 \(hash) seven==1", "six==1 --pre \(hash)", "six==1 \(hash) -r x",
    ])
    func whatInstallersMayReadInAnotherWayIsNotUnderstood(_ text: String) throws {
        let file = try file("six==1 \(Self.hash)\n\(text)")
        #expect(!file.isLocked && file.readsEverything)
        #expect(file.installed == file.bytes)
    }

    @Test(arguments: [
        "six==1.16.0", "six>=1 \(hash)", "six==1.* \(hash)", "six==1,==2 \(hash)", "six===1 \(hash)", "six \(hash)",
        "six==1 --hash=sha256:0a",
        "six==1 --hash=md5:0a", "six==1 \(hash)0", "six==1 \(hash.uppercased())",
        "x @ https://example.org/x.whl \(hash)",
        "six==1 \(hash)\nseven==1", "six==1 \(hash)\n--pre", "six==1 \(hash)\n--no-binary :all:",
        "six==1 \(hash)\n-r other.txt",
        "six==1 \(hash)\n--only-binary six", "six==1 \(hash)\n./x \(hash)", "x-1.whl==1 \(hash) -r x",
        "six==1 #\(hash)",
    ])
    func anythingElseIsNot(_ text: String) throws {
        #expect(try !file(text).isLocked)
    }

    @Test func whatIsTooLongOrNoTextIsRefused() throws {
        _ = try RequirementsFile([UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20))
        for bytes in [[UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20 + 1), [0x73, 0xFF]] {
            let error = #expect(throws: FloydError.self) { try RequirementsFile(bytes) }
            #expect(error?.code == .invalidRequest)
            #expect(error?.message.hasPrefix("floyd_requirements.txt ") == true)
        }
    }
}
