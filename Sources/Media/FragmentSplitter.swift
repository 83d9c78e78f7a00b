/// Turns a `moof` + `mdat` with any number of tracks into one fragment per track.
///
/// A fragment that already holds one track passes byte for byte. Others are cut apart: each track gets a `moof`
/// of its own whose offsets count from itself, and the part of the `mdat` that is its own (CMSF wants one track
/// per object).
struct FragmentSplitter {
    let movie: Movie

    /// `buffer` holds `prefix` (boxes in front), then the `moof` at `moofStart`, then the `mdat`, to its end.
    /// `filePosition`: where the `moof` stood in the file.
    func split(
        _ buffer: [UInt8], moofStart: Int, filePosition: UInt64
    ) throws(MediaError) -> [MovieFragment] {
        let boxes = try Box.list(in: buffer, moofStart..<buffer.count)
        let moof = try boxes.required("moof", in: "file")
        let mdat = try boxes.required("mdat", in: "file")
        let children = try moof.children()
        let sequence = try children.first("mfhd")?.uint32(at: 4) ?? 0
        let fallback = mdat.contentStart - moofStart
        var runs: [TrackRun] = []
        for traf in children where traf.type == "traf" {
            runs.append(
                try TrackRun(
                    traf: traf, tracks: movie.tracks, filePosition: filePosition, fallbackStart: fallback))
            if runs.count > Movie.maximumTrackCount { throw MediaError("a fragment has too many tracks") }
        }
        runs.removeAll { $0.sampleCount == 0 }
        for run in runs {
            for part in run.parts {
                let end = part.dataStart + part.dataByteCount
                guard part.dataStart >= 0, end <= buffer.count - moofStart else {
                    throw MediaError("a fragment's samples lie outside its data")
                }
            }
        }
        if runs.count == 1, children.count(where: { $0.type == "traf" }) == 1, runs[0].headerFlags & 0x1 == 0
        {
            return [try fragment(runs[0], bytes: buffer)]
        }
        var fragments: [MovieFragment] = []
        for run in runs {
            let bytes = rebuild(run, in: buffer, moofStart: moofStart, sequence: sequence)
            fragments.append(try fragment(run, bytes: bytes))
        }
        return fragments
    }

    private func fragment(_ run: TrackRun, bytes: [UInt8]) throws(MediaError) -> MovieFragment {
        guard let index = movie.tracks.firstIndex(where: { $0.id == run.trackID }) else {
            throw MediaError("a fragment belongs to no track")
        }
        return MovieFragment(
            trackIndex: index, bytes: bytes, startsWithSync: run.startsWithSync, decodeTime: run.decodeTime,
            duration: run.duration, sampleCount: run.sampleCount)
    }

    private func rebuild(_ run: TrackRun, in buffer: [UInt8], moofStart: Int, sequence: UInt32) -> [UInt8] {
        // Built twice: the first pass tells the `moof`'s size, which the offsets in the second one need.
        let size = moof(run, firstDataOffset: 0, sequence: sequence).count
        let header = moof(run, firstDataOffset: UInt32(truncatingIfNeeded: size + 8), sequence: sequence)
        var data: [UInt8] = []
        for part in run.parts {
            let start = moofStart + part.dataStart
            data += buffer[start..<start + part.dataByteCount]
        }
        return header + Box.make("mdat", data)
    }

    private func moof(_ run: TrackRun, firstDataOffset: UInt32, sequence: UInt32) -> [UInt8] {
        var content: [UInt8] = []
        var dataOffset = firstDataOffset
        var partIndex = 0
        for box in run.boxes {
            switch box.type {
            case "tfhd":
                content += trackHeader(run)
            case "trun":
                guard partIndex < run.parts.count else { continue }
                let part = run.parts[partIndex]
                content += trackRun(part, dataOffset: dataOffset)
                dataOffset &+= UInt32(truncatingIfNeeded: part.dataByteCount)
                partIndex += 1
            default:
                content += box.bytes
            }
        }
        let header = Box.make("mfhd", [0, 0, 0, 0] + Box.bigEndian(sequence))
        return Box.make("moof", header + Box.make("traf", content))
    }

    /// `tfhd` without an absolute data position, and with "offsets count from the moof".
    private func trackHeader(_ run: TrackRun) -> [UInt8] {
        let flags = run.headerFlags & ~0x1 | 0x2_0000
        let content = Array(run.header.buffer[run.header.contentStart..<run.header.range.upperBound])
        let rest = content.dropFirst(run.headerFlags & 0x1 != 0 ? 16 : 8)
        return Box.make("tfhd", Box.bigEndian(flags) + Box.bigEndian(run.trackID) + rest)
    }

    /// `trun` with its data offset set (or put in, where it relied on the run before).
    private func trackRun(_ part: TrackRun.Part, dataOffset: UInt32) -> [UInt8] {
        let box = part.box
        let content = Array(box.buffer[box.contentStart..<box.range.upperBound])
        var versionAndFlags = Array(content.prefix(4))
        versionAndFlags[3] |= 0x1
        let rest = content.dropFirst(part.hasDataOffset ? 12 : 8)
        return Box.make("trun", versionAndFlags + content[4..<8] + Box.bigEndian(dataOffset) + rest)
    }
}
