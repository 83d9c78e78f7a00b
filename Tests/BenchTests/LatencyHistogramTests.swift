import Testing

@testable import Bench

@Suite struct LatencyHistogramTests {
    @Test("every value lies in its bucket, within 0.8 percent of the bucket's end")
    func buckets() {
        var value: UInt64 = 0
        while value < 1 << 62 {
            let index = LatencyHistogram.index(of: value)
            let end = LatencyHistogram.end(of: index)
            #expect(end >= value)
            #expect(Double(end - value) <= Double(value) / 127)
            #expect(LatencyHistogram.index(of: end) == index)
            #expect(LatencyHistogram.index(of: end + 1) == index + 1)
            value = value < 300 ? value + 1 : value + value / 20
        }
        #expect(LatencyHistogram.index(of: .max) < (64 - 7 + 1) << 7)
    }

    @Test("a percentile is the smallest value that so many do not exceed")
    func percentiles() {
        var histogram = LatencyHistogram()
        #expect(histogram.percentile(0.5) == nil)
        for value in 1...100 { histogram.add(UInt64(value)) }
        #expect(histogram.percentile(0.5) == 50)
        #expect(histogram.percentile(0.99) == 99)
        #expect(histogram.percentile(1) == 100)
        #expect(histogram.percentile(0) == 1)
    }

    @Test("the largest value is exact, whatever its bucket")
    func largest() {
        var histogram = LatencyHistogram()
        histogram.add(1_000_000_007)
        #expect(histogram.percentile(1) == 1_000_000_007)
    }

    @Test("a sum of histograms holds all their values")
    func sum() {
        var one = LatencyHistogram()
        var other = LatencyHistogram()
        one.add(10)
        other.add(30)
        one.add(other)
        #expect(one.count == 2)
        #expect(one.percentile(0.5) == 10)
        #expect(one.percentile(1) == 30)
    }
}
