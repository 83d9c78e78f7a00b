/// Steps that wait for `next`, oldest first; reuses its storage.
struct StepQueue {
    private var steps: [DeliveryStep] = []
    private var head = 0

    init() {}

    var isEmpty: Bool { head == steps.count }

    mutating func append(_ step: DeliveryStep) { steps.append(step) }

    mutating func take() -> DeliveryStep? {
        guard head < steps.count else { return nil }
        let step = steps[head]
        head += 1
        if head == steps.count { removeAll() }
        return step
    }

    mutating func removeAll() {
        steps.removeAll(keepingCapacity: true)
        head = 0
    }
}
