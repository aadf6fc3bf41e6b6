import FloydModel
import Testing

@testable import FloydProject

struct ProjectFileTests {
    private func settings(_ text: String, task: String? = nil) throws -> RunSettings {
        try ProjectFile(text).settings(task: task)
    }

    private func message(_ text: String) -> String {
        do {
            _ = try ProjectFile(text)
            return "no error"
        } catch {
            return error.message
        }
    }

    @Test func everyKey() throws {
        let settings = try settings(
            """
            env: keras
            machine: gpu
            input:
              - source: alice/datasets/modelnet/1
                destination: modelnet
              - words:w
              - alice/datasets/more
            description: a try
            max_runtime: 3600
            retries: 3
            command: |
              python train.py
              python more.py
            """
        )
        #expect(
            settings
                == RunSettings(
                    env: "keras",
                    machine: "gpu",
                    input: [
                        .init(source: "alice/datasets/modelnet/1", destination: "modelnet"),
                        .init(source: "words", destination: "w"), .init(source: "alice/datasets/more"),
                    ],
                    description: "a try",
                    maxRuntime: 3600,
                    retries: 3,
                    command: "python train.py\npython more.py"
                )
        )
    }

    @Test func aTaskWinsOverTheTopLevel() throws {
        let text = """
            env: keras
            input: a:b
            command: top
            task:
              eval:
                command: inner
                input: [c]
              bare:
                machine: cpu
            """
        #expect(try settings(text).command == "top")
        #expect(
            try settings(text, task: "eval") == RunSettings(env: "keras", input: [.init(source: "c")], command: "inner")
        )
        #expect(try settings(text, task: "bare").input == [.init(source: "a", destination: "b")])
        let error = #expect(throws: FloydError.self) { try settings(text, task: "evil") }
        #expect(error?.code == .notFound)
        #expect(error?.hint == "Its tasks are: bare, eval.")
    }

    @Test func retriesAndTimeAreATasksToo() throws {
        let text = "retries: 4\nmax_runtime: 60\ntask:\n  a:\n    retries: 0\n    max_runtime: 90m\n  b:\n    env: x\n"
        #expect(try settings(text, task: "a") == RunSettings(maxRuntime: 5_400, retries: 0))
        #expect(try settings(text, task: "b") == RunSettings(env: "x", maxRuntime: 60, retries: 4))
    }

    @Test(arguments: ["", "# only a comment\n", "---\n", "~\n"])
    func anEmptyFileSaysNothing(text: String) throws {
        #expect(try settings(text) == RunSettings())
    }

    @Test func numbersAndVersionsStayText() throws {
        #expect(try settings("env: 3.10\nmachine: 2").env == "3.10")
        #expect(try settings("command: yes").command == "yes")
        #expect(try settings("command: \"\\\"null\\\"\"").command == "\"null\"")
    }

    @Test(arguments: [
        ("env: a\nmachin: gpu\n", "floyd.yml:2: there is no key \"machin\""),
        ("env: a\nmode: job\n", "floyd.yml:2: there is no key \"mode\""),
        ("data: x\n", "floyd.yml:1: there is no key \"data\""),
        ("env: a\nmax_runtime: soon\n", "floyd.yml:2: max_runtime is not a time above 0"),
        ("max_runtime: 0\n", "floyd.yml:1: max_runtime is not a time above 0"),
        ("max_runtime: -5\n", "floyd.yml:1: max_runtime is not a time above 0"),
        ("max_runtime: 1.5\n", "floyd.yml:1: max_runtime is not a time above 0"),
        ("max_runtime: 100ms\n", "floyd.yml:1: max_runtime is not a time above 0"),
        ("retries: often\n", "floyd.yml:1: retries is not a whole number from 0 to 100"),
        ("env: a\nretries: -1\n", "floyd.yml:2: retries is not a whole number from 0 to 100"),
        ("retries: 101\n", "floyd.yml:1: retries is not a whole number from 0 to 100"),
        ("task:\n  x:\n    retries: 1.5\n", "floyd.yml:3: retries is not a whole number from 0 to 100"),
        ("env: [a]\n", "floyd.yml:1: env is not a text"),
        ("a\n", "floyd.yml:1: the file is not a list of \"key: value\""),
        ("- a\n", "floyd.yml:1: the file is not a list of \"key: value\""),
        ("input: ':b'\n", "floyd.yml:1: input is not SOURCE or SOURCE:DESTINATION"),
        ("input: 'a:'\n", "floyd.yml:1: input is not SOURCE or SOURCE:DESTINATION"),
        ("input:\n  - destination: b\n", "floyd.yml:2: input has no source"),
        ("input:\n  - source: b\n    dest: c\n", "floyd.yml:3: input has no key \"dest\""),
        ("env: a\nenv: b\n", "floyd.yml:1: a key stands there twice: env"),
        ("task:\n  x:\n    task: y\n", "floyd.yml:3: there is no key \"task\""),
        ("task: x\n", "floyd.yml:1: task is not a list of \"key: value\""),
        ("task:\n  x: y\n", "floyd.yml:2: task.x is not a list of \"key: value\""),
        ("env: ''\n", "floyd.yml:1: env has no value"),
        ("command: null\n", "floyd.yml:1: command has no value"),
    ])
    func flawsNameFileLineAndKey(text: String, expected: String) {
        #expect(message(text) == expected)
    }

    @Test func whatIsNotYAMLNamesTheLine() {
        #expect(message("env: a\n\tb: c\n").hasPrefix("floyd.yml:2: it is not YAML:"))
        #expect(message("env: *nowhere\n").hasPrefix("floyd.yml:1: it is not YAML:"))
    }

    @Test func yamlWinsOverYml() throws {
        let scratch = try Scratch()
        #expect(try ProjectFile.load(folder: scratch.path) == nil)
        try scratch.write("env: one\n", to: "floyd.yml")
        #expect(try ProjectFile.load(folder: scratch.path)?.settings(task: nil).env == "one")
        try scratch.write("env: two\n", to: "floyd.yaml")
        #expect(try ProjectFile.load(folder: scratch.path)?.settings(task: nil).env == "two")
    }
}

struct TimeSpanTests {
    @Test(
        arguments: [
            ("30", 30_000), ("500ms", 500), ("30s", 30_000), ("10m", 600_000), ("2h", 7_200_000), ("7d", 604_800_000),
            ("0", 0), ("10 m", 600_000),
        ] as [(String, Int)]
    )
    func spansAreRead(text: String, milliseconds: Int) {
        #expect(TimeSpan.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "s", "-1s", "+1s", "1.5h", "1h30m", "10 ", " 10s", "ten", "1w", "99999999999999999999",
        "9223372036854775807d",
    ])
    func whatIsNoSpanIsNone(text: String) {
        #expect(TimeSpan.duration(text) == nil)
    }

    @Test func secondsAreWhole() {
        #expect(TimeSpan.seconds("90s") == 90)
        #expect(TimeSpan.seconds("2000ms") == 2)
        #expect(TimeSpan.seconds("1500ms") == nil)
    }

    @Test(arguments: [(0, "0s"), (59, "59s"), (60, "1m"), (90, "90s"), (3_600, "1h"), (86_400, "1d"), (5_400, "90m")])
    func secondsAreWritten(seconds: Int, text: String) {
        #expect(TimeSpan.text(seconds: seconds) == text)
    }
}
