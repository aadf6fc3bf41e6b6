internal import Glibc

/// A place where a crash would hurt. Does nothing unless the environment variable `FLOYDLITE_FAILPOINT` names it, as
/// `NAME` or `NAME:COUNT`: then the process is killed with SIGKILL when it comes there for the COUNTth time (the first without).
///
/// Tests and campaigns set it; who can set a service's environment can end it anyway.
public enum Failpoint: String, Sendable, CaseIterable {
    /// A group of writes is in the database's journal and not yet acknowledged.
    case storeCommitted = "store.committed"
    /// The job is claimed in the database, and nothing is done about it yet.
    case launchClaimed = "launch.claimed"
    /// The run directory is ready, the worker not launched.
    case launchPrepared = "launch.prepared"
    /// The worker is launched, and nobody has heard of it yet.
    case launchLaunched = "launch.launched"
    /// The wish to stop is stored and not yet passed on.
    case stopStored = "stop.stored"
    /// The fence is written, the job not yet moved.
    case reviewFenced = "review.fenced"
    /// The end was read from the exit record and not yet stored.
    case reviewEnded = "review.ended"
    /// The end is stored, and what is left of the attempt not yet cleared away.
    case reviewSettled = "review.settled"
    /// A job, or what it left, is deleted in the database; all its files are there.
    case removalRecorded = "removal.recorded"
    /// Its files are moved aside, and none is removed.
    case removalMoved = "removal.moved"
    /// Its files are gone; the database still says that they are to be removed.
    case removalDone = "removal.done"
    /// All bytes of an archive are on the disk, and nobody has begun to unpack it.
    case archiveReceived = "archive.received"
    /// The tree of an archive is in the database, and no version names it.
    case archiveRecorded = "archive.recorded"
    /// The version of an archive is stored, and what is left of the upload not yet cleared away.
    case archiveSettled = "archive.settled"

    /// An upload is planned, and still a draft.
    case uploadPlanned = "data.uploadPlanned"
    /// An upload has its name, but no row.
    case uploadNamed = "data.uploadNamed"
    /// An upload has its row; nobody has heard of it.
    case uploadRecorded = "data.uploadRecorded"
    /// Bytes of an upload were written, and not yet synced.
    case uploadReceived = "data.uploadReceived"
    /// They are on the disk; no checkpoint says so.
    case uploadSynced = "data.uploadSynced"
    /// The checkpoint is written; nobody has heard of it.
    case uploadCheckpointed = "data.uploadCheckpointed"
    /// A content has its name, and no tree names it yet.
    case contentPlaced = "data.contentPlaced"
    /// All contents of a tree have their names; its manifest is a draft.
    case treeSynced = "data.treeSynced"
    /// The manifest has its name, and the tree no row.
    case treeNamed = "data.treeNamed"
    /// The upload's folder says that it is committed; the database does not.
    case commitMarked = "data.commitMarked"
    /// A tree is in the database; what it was made of is still there.
    case treeRecorded = "data.treeRecorded"
    /// A file was taken in, and is part of a draft.
    case intakeStaged = "data.intakeStaged"
    /// All files of a draft are on the disk, and none is a content yet.
    case intakeSynced = "data.intakeSynced"
    /// A hard link of a folder of links is made.
    case materialiseLinked = "data.materialiseLinked"
    /// A folder of links is on the disk, and a draft.
    case materialiseSynced = "data.materialiseSynced"
    /// A folder of links has its name.
    case materialiseNamed = "data.materialiseNamed"
    /// A version is stored; nobody has heard of it.
    case versionRecorded = "data.versionRecorded"
    /// A version is deleted in the database; nobody has heard of it.
    case versionDeleted = "data.versionDeleted"
    /// The folder of an upload that is removed is a draft.
    case expiryRenamed = "data.expiryRenamed"
    /// The folder is gone, the row still there.
    case expiryRemoved = "data.expiryRemoved"
    /// A tree that nothing needs has no row any more; all its files are there.
    case collectForgotten = "data.collectForgotten"
    /// The manifest of such a tree is gone, its folder of links still there.
    case collectManifest = "data.collectManifest"
    /// Its folder of links is a draft.
    case collectFolder = "data.collectFolder"
    /// A content that nothing needs was removed.
    case collectContent = "data.collectContent"

    /// The worker has the attempt's lock, and nothing else of it is to be seen.
    case workerLocked = "worker.locked"
    /// `worker.json` is on the disk, and the command not started.
    case workerIntroduced = "worker.introduced"
    /// The stage was told what to run; nobody has heard that it does.
    case workerEntered = "worker.entered"
    /// The command runs, and `started.json` says so.
    case workerStarted = "worker.started"
    /// The command has ended and the log is on the disk; there is no exit record.
    case workerLogSynced = "worker.logSynced"
    /// The exit record is on the disk but not under its name.
    case workerRecordWritten = "worker.recordWritten"
    /// The exit record is there, the worker not yet gone.
    case workerRecorded = "worker.recorded"
    /// A build has the environment's lock and emptied its folder.
    case buildStarted = "build.started"
    /// All steps of a build have run; no marker says that the environment is whole.
    case buildDone = "build.done"
    /// The marker is on the disk, the lock still held.
    case buildMarked = "build.marked"

    /// The variable that arms one.
    public static let variable = "FLOYDLITE_FAILPOINT"

    /// Ends this process if this is the armed failpoint's hour.
    public func reach() {
        guard let armed = Self.armed, armed.point == self, armed.countdown() else { return }
        kill(getpid(), SIGKILL)
    }

    /// Reads the variable. Whoever is about to empty its environment calls this before.
    public static func arm() {
        _ = armed
    }

    /// The variable as it stands in this process's environment, for a program that is to have it too; empty where it isn't set.
    public static var inheritance: [String] {
        getenv(variable).map { ["\(variable)=\(String(cString: $0))"] } ?? []
    }

    private static let armed = ArmedFailpoint(getenv(variable).map { String(cString: $0) })
}
