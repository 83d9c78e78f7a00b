import Media
import Testing

@Suite struct FragmentInterleaverTests {
    @Test func fragmentsLeaveInOrderOfDecodeTime() {
        var interleaver = FragmentInterleaver(trackCount: 2)
        interleaver.push([1], track: 0, decodeTime: 0, timescale: 1000, nowMilliseconds: 0)
        #expect(interleaver.pop(nowMilliseconds: 0) == nil)
        interleaver.push([2], track: 1, decodeTime: 24_000, timescale: 48_000, nowMilliseconds: 1)
        interleaver.push([3], track: 0, decodeTime: 1000, timescale: 1000, nowMilliseconds: 2)
        #expect(interleaver.pop(nowMilliseconds: 2)?.bytes == [1])
        #expect(interleaver.pop(nowMilliseconds: 2)?.bytes == [2])
        #expect(interleaver.pop(nowMilliseconds: 2) == nil)
        interleaver.end(track: 1)
        #expect(interleaver.pop(nowMilliseconds: 2)?.bytes == [3])
    }

    @Test func tracksThatKeepStepWaitForNothing() {
        var interleaver = FragmentInterleaver(trackCount: 2)
        interleaver.push([1], track: 0, decodeTime: 0, timescale: 1000, nowMilliseconds: 0)
        interleaver.push([2], track: 1, decodeTime: 0, timescale: 1000, nowMilliseconds: 0)
        #expect(interleaver.pop(nowMilliseconds: 0)?.bytes == [1])
        #expect(interleaver.pop(nowMilliseconds: 0)?.bytes == [2])
        interleaver.push([3], track: 0, decodeTime: 200, timescale: 1000, nowMilliseconds: 1)
        #expect(interleaver.pop(nowMilliseconds: 1)?.bytes == [3])
        interleaver.push([4], track: 0, decodeTime: 201, timescale: 1000, nowMilliseconds: 1)
        #expect(interleaver.pop(nowMilliseconds: 1) == nil)
    }

    @Test func aSilentTrackHoldsTheOthersForABoundedWhileOnly() {
        var interleaver = FragmentInterleaver(trackCount: 2, patience: 500)
        interleaver.push([1], track: 0, decodeTime: 0, timescale: 1000, nowMilliseconds: 100)
        #expect(interleaver.pop(nowMilliseconds: 599) == nil)
        #expect(interleaver.pop(nowMilliseconds: 600)?.bytes == [1])
    }

    @Test func absurdDecodeTimesDoNotTrap() {
        var interleaver = FragmentInterleaver(trackCount: 1)
        interleaver.push([1], track: 0, decodeTime: .max, timescale: 0, nowMilliseconds: 0)
        interleaver.push([2], track: 0, decodeTime: .max, timescale: .max, nowMilliseconds: 0)
        #expect(interleaver.pop(nowMilliseconds: 0) != nil)
        #expect(interleaver.pop(nowMilliseconds: 0) != nil)
    }
}
