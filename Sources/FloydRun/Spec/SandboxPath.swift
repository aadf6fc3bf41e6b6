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
