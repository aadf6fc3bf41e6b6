internal import FloydFrames
internal import FloydOS
internal import Glibc

/// The program `floydlite-unpack FOLDER CPU_SECONDS [UID GID]`: reads the archive on its standard input, which must be a file, and says on its standard
/// output, in frames, what is in it. It judges nothing, writes nothing and knows nobody.
///
/// Before it reads the first byte it locks itself up (`Confinement`): what an archive may do to the library that reads it ends there.
public enum UnpackProgram {
    /// How it ends: 0 where it said all there is to say, a problem included.
    public enum Exit: Int32, Sendable {
        case done = 0
        /// The arguments make no sense (sysexits.h).
        case usage = 64
        /// Nobody takes what it says.
        case unheard = 74
    }

    /// Bytes of memory of its own: with what is mapped from files it stays below 64 MB.
    static let memory = 44 << 20

    /// - Parameter arguments: without the program's name.
    public static func run(_ arguments: [String]) -> Int32 {
        guard let confinement = confinement(arguments) else {
            let text = "usage: floydlite-unpack FOLDER CPU_SECONDS [UID GID]\n"
            _ = text.withCString { write(2, $0, strlen($0)) }
            return Exit.usage.rawValue
        }
        // Names in archives may be Unicode, and are to come out as UTF-8. The C library has this locale built in.
        setlocale(LC_CTYPE, "C.UTF-8")
        var output = FrameOutput(file: 1)
        do {
            do {
                try confinement.enter()
            } catch {
                throw UnpackProblem(.surroundings, error.description)
            }
            try ArchiveReader.open().forEachEntry(to: &output)
        } catch let problem as UnpackProblem {
            output.append(problem)
        } catch {
            return Exit.unheard.rawValue
        }
        return output.finish() ? Exit.done.rawValue : Exit.unheard.rawValue
    }

    private static func confinement(_ arguments: [String]) -> Confinement? {
        guard arguments.count == 2 || arguments.count == 4, arguments[0].hasPrefix("/") else { return nil }
        guard let seconds = Int(arguments[1]), seconds > 0 else { return nil }
        var identity: UserIdentity?
        if arguments.count == 4 {
            guard let uid = uid_t(arguments[2]), let gid = gid_t(arguments[3]) else { return nil }
            identity = UserIdentity(uid: uid, gid: gid)
        }
        return Confinement(
            folder: arguments[0],
            identity: identity,
            limits: Confinement.Limits(memory: memory, cpuSeconds: seconds)
        )
    }
}
