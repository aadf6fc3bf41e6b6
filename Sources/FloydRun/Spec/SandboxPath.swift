/// Where things stand inside the sandbox.
public enum SandboxPath {
    /// The code, writable, the working directory.
    public static let home = "/floyd/home"
    /// The folder of all inputs, read-only.
    public static let inputs = "/floyd/input"
    /// The software environment: read-only for jobs, writable while it is built.
    public static let environment = "/floyd/env"
    /// The package cache while an environment is built.
    public static let cache = "/floyd/cache"
    /// Where a job has packages of its own over its environment: the environment below, read-only. Theirs is `environment` then, whose
    /// programs are those that the scripts below name.
    public static let base = "/floyd/base"
    /// The code while a layer is built, read-only.
    public static let code = "/floyd/code"
    /// The list of what a layer is built of, read-only.
    public static let requirements = "/floyd/floyd_requirements.txt"
    /// The results, writable.
    public static let output = "/output"
    /// The data, where there is exactly one source without a name.
    public static let input = "/input"
    /// Private to the job.
    public static let temporary = "/tmp"

    /// The names in `/` that an input can't have; of such an input there is `/floyd/input/<name>` alone.
    public static let takenNames: Set<String> = [
        "bin", "boot", "dev", "etc", "floyd", "lib", "lib32", "lib64", "libx32", "output", "proc", "root", "run",
        "sbin",
        "sys", "tmp", "usr", "var",
    ]
}
