import Containers

/// What a search for an object has found, and where its payload lies.
struct FoundObject {
    var object: KeptObject
    var isWhole: Bool
    var subgroup: TrackSubgroup?
    var index = 0
    var datagram = Payload()

    func appendPayload(to payloads: inout [Payload]) {
        guard let subgroup else {
            if !datagram.isEmpty { payloads.append(datagram) }
            return
        }
        let isLast = index + 1 == subgroup.objects.endIndex
        let end = isLast ? subgroup.chunks.endIndex : subgroup.objects[index + 1].firstChunk
        var chunk = subgroup.objects[index].firstChunk
        while chunk < end {
            payloads.append(subgroup.chunks[chunk])
            chunk += 1
        }
    }
}
