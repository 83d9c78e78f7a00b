// Forwards a fixed number of objects from one publisher to many subscribers, the same way in every run, and prints how
// many deliveries were counted. `.ci/instructions` runs it under callgrind, which counts what the relay's turns cost.
import Glibc

let name = CommandLine.arguments.dropFirst().first ?? ""
guard let workload = Workload.all.first(where: { $0.name == name }) else {
    print(Workload.all.map(\.name).joined(separator: "\n"))
    exit(name.isEmpty ? 0 : 2)
}
do {
    print(try CostRun(workload).run())
    // Connections and endpoints keep each other alive; the process ends here.
    exit(0)
} catch {
    CostRun.end("\(error)")
}
