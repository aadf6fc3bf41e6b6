import FloydOS
import FloydRun
import Testing

@testable import FloydWorker

@Suite struct BuildPlanTests {
    @Test(arguments: [false, true])
    func eachFolderCountsOnceAgainstTheLimit(isShared: Bool) {
        let preparation = Preparation(
            title: "x",
            folder: "/l",
            steps: [["true"]],
            cacheFolder: isShared ? Layer.freshCache(in: "/l") : "/cache"
        )
        let layer = Layer(
            preparation: preparation,
            base: "/b",
            readsCode: false,
            network: .host,
            isShared: isShared
        )
        var plan = BuildPlan(
            preparation: preparation,
            isolation: .none,
            gracePeriod: 1,
            worker: UserIdentity(uid: 7, gid: 7)
        )
        let host = HostLayout(entries: [], files: [])
        #expect(plan.stages(host).first?.limits.folders == [])
        plan.layer = LayerSurroundings(layer: layer, run: RunDirectory("/r"), maximumRuntime: nil)
        let folders = ["/l/root", "/l/tmp", "/l/home", isShared ? "/l/fresh-cache" : "/cache"]
        #expect(plan.stages(host).first?.limits.folders.sorted() == folders.sorted())
    }
}
