using System.Numerics;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>
/// Exact selection by magnitude without sorting. A sample gives a narrow bracket around the threshold; one pass counts what lies above it and
/// on its two ends and collects what lies strictly inside; the threshold is then found among those few. bf16 differences tie in their
/// thousands, but then at an end of the bracket, where they are only counted. If the sample misleads, a histogram narrows the bracket exactly.
/// </content>
internal sealed unsafe partial class CpuSession
{
    // 65,536 elements place a quantile within 0.2 % (one standard deviation at the median); the bracket takes four.
    private const int SampleSize = 1 << 16;
    private const double BracketDeviations = 4;
    private const int SampleShare = 64;
    private const int SmallestSample = 1 << 12;

    // Short runs all over the tensor: neighbours are alike, but a run costs a read of each file.
    private const int SampleRun = 128;
    private const int HistogramBits = 16;
    private const uint LargestMagnitude = 0x7FFF_FFFF;

    public override IReadOnlyList<MagnitudeSelection> SelectLargest(IReadOnlyList<SelectionRequest> requests, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(requests);
        foreach (SelectionRequest request in requests)
        {
            if (request.Keep < 1 || request.Keep > Segments.ElementCount)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(requests), request.Keep, $"A selection keeps between 1 and all {Segments.ElementCount} elements.");
            }
        }

        MagnitudeBracket[] brackets = Sample(requests, origin);
        MagnitudeSelection?[] results = new MagnitudeSelection?[requests.Count];
        for (int[] open = [.. Enumerable.Range(0, requests.Count)]; open.Length > 0; open = [.. open.Where(i => results[i] is null)])
        {
            CountBrackets([.. open.Select(i => (requests[i].Input, brackets[i]))], origin);
            ForEach(open, i => results[i] = TrySelect(requests[i], brackets[i]));
            foreach (int i in open)
            {
                MagnitudeBracket counted = brackets[i];
                brackets[i] = results[i] is null ? Narrow(requests[i], counted, origin) : counted;
                counted.Release();
            }
        }

        return results!;
    }

    private static MagnitudeSelection Select(SelectionRequest request, uint threshold, long above, long[] tiesBySegment)
    {
        long[] before = new long[tiesBySegment.Length];
        long ties = 0;
        for (int segment = 0; segment < before.Length; segment++)
        {
            before[segment] = ties;
            ties += tiesBySegment[segment];
        }

        return new MagnitudeSelection(threshold, above, ties, request.Keep - above, request.Ties, before);
    }

    /// <summary>Decides a selection from the counts of its bracket, if the threshold lies in it and the candidates did not overflow.</summary>
    private static MagnitudeSelection? TrySelect(SelectionRequest request, MagnitudeBracket bracket)
    {
        long aboveInside = bracket.Above + bracket.AtHigh;
        long aboveLow = aboveInside + bracket.InsideCount;
        if (request.Keep <= bracket.Above || request.Keep > aboveLow + bracket.AtLow)
        {
            return null;
        }

        if (request.Keep <= aboveInside)
        {
            return Select(request, bracket.High, bracket.Above, bracket.HighBySegment);
        }

        if (request.Keep > aboveLow)
        {
            return Select(request, bracket.Low, aboveLow, bracket.LowBySegment);
        }

        if (!bracket.IsCollected)
        {
            return null;
        }

        uint threshold = bracket.Find(request.Keep - aboveInside - 1, out long above, out long[] tiesBySegment);
        return Select(request, threshold, aboveInside + above, tiesBySegment);
    }

    /// <summary>Gives a better bracket for another pass, where the last one did not decide.</summary>
    private MagnitudeBracket Narrow(SelectionRequest request, MagnitudeBracket bracket, int origin)
    {
        long aboveLow = bracket.Above + bracket.AtHigh + bracket.InsideCount;
        return request.Keep <= bracket.Above ? Narrow(request, bracket.High + 1, LargestMagnitude, origin)
            : request.Keep > aboveLow ? Narrow(request, 0, bracket.Low - 1, origin)
            : Narrow(request, bracket.Low + 1, bracket.High - 1, origin);
    }

    /// <summary>Runs an action for each of a few items, on as many threads as compute at a time.</summary>
    private void ForEach(int[] items, Action<int> action)
    {
        int next = -1;
        _device.Run(Math.Min(_device.Options.Threads, items.Length), (_, failure) =>
        {
            for (int i; !failure.HasFailed && (i = Interlocked.Increment(ref next)) < items.Length;)
            {
                action(items[i]);
            }
        });
    }

    /// <summary>Reads runs of elements all over the tensor and puts each threshold between two of their magnitudes.</summary>
    private MagnitudeBracket[] Sample(IReadOnlyList<SelectionRequest> requests, int origin)
    {
        long count = Segments.ElementCount;
        if (count <= SampleSize)
        {
            // All of them are few enough to be candidates.
            return [.. requests.Select(_ => new MagnitudeBracket(0, LargestMagnitude))];
        }

        // Of a small tensor fewer: sorting out the sample would cost more than the candidates that a wider bracket brings.
        int runs = (int)Math.Clamp(count / (SampleShare * SampleRun), SmallestSample / SampleRun, SampleSize / SampleRun);
        uint[][] samples = [.. requests.Select(_ => new uint[runs * SampleRun])];
        int[] used = Used(requests.Select(request => request.Input), origin);
        using ChunkFeed feed = new(this, new ComputeGate(null), used, new bool[used.Length], null, SampleRun, null, 1);
        uint* magnitudes = (uint*)feed.Scratch[0];
        int sampled = 0;
        for (int run = 0; run < runs; run++)
        {
            // A place at random in each stratum: rows are as regular as powers of two, and a regular sample would see the same columns of all.
            long stratum = count / runs;
            int length = SampleRun;
            long start = (stratum * run) + (Philox.Block((ulong)run, 0, default).Word0 % (stratum - length + 1));
            feed.Open(start, start + length);
            feed.Fill(start, length);
            for (int i = 0; i < requests.Count; i++)
            {
                feed.Kernels.Magnitudes(feed.Input(requests[i].Input), feed.Origin(origin), (float*)magnitudes, length);
                for (int k = 0; k < length; k++)
                {
                    samples[i][sampled + k] = magnitudes[k];
                }
            }

            sampled += length;
        }

        MagnitudeBracket[] brackets = new MagnitudeBracket[requests.Count];
        ForEach([.. Enumerable.Range(0, requests.Count)], i =>
        {
            double fraction = (double)requests[i].Keep / count;
            double margin = BracketDeviations * Math.Sqrt(fraction * (1 - fraction) / sampled);
            long first = (long)Math.Floor((fraction - margin) * sampled) - 1;
            long last = (long)Math.Ceiling((fraction + margin) * sampled);
            Span<uint> keys = samples[i].AsSpan(0, sampled);
            uint high = first < 0 ? LargestMagnitude : RadixSelect.Largest(keys, 0, LargestMagnitude, first, out _);
            uint low = last >= sampled ? 0 : RadixSelect.Largest(keys, 0, LargestMagnitude, last, out _);
            brackets[i] = new MagnitudeBracket(low, high);
        });
        return brackets;
    }

    /// <summary>One pass that counts and collects for several brackets.</summary>
    private void CountBrackets((int Input, MagnitudeBracket Bracket)[] brackets, int origin)
    {
        foreach ((_, MagnitudeBracket bracket) in brackets)
        {
            bracket.Start(Segments, CpuMemory.Candidates(_device.Options) / brackets.Length);
        }

        // The overhang of a compressed store goes into the chunk behind, which is filled later; the last one is there for that alone.
        Run(new Pass(Used(brackets.Select(entry => entry.Input), origin), null, brackets.Length + 1), _ =>
        {
            BracketCounts[] counts = new BracketCounts[brackets.Length];
            int[] found = new int[brackets.Length];
            return (feed, segment, _, count) =>
            {
                bool finite = true;
                for (int i = 0; i < brackets.Length; i++)
                {
                    (int input, MagnitudeBracket bracket) = brackets[i];
                    counts[i] = new BracketCounts(bracket.Low, bracket.High);
                    finite &= feed.Kernels.CountBracket(
                        feed.Input(input), feed.Origin(origin), count, ref counts[i], (uint*)feed.Scratch[i], out found[i]);
                }

                if (finite || !feed.IsStored)
                {
                    for (int i = 0; i < brackets.Length; i++)
                    {
                        brackets[i].Bracket.Add(segment, counts[i], new ReadOnlySpan<uint>((uint*)feed.Scratch[i], found[i]));
                    }
                }

                return finite;
            };
        });
    }

    /// <summary>Counts the magnitudes of a range, in which the threshold lies, by histogram, and returns the bin that holds it.</summary>
    private MagnitudeBracket Narrow(SelectionRequest request, uint low, uint high, int origin)
    {
        int shift = Math.Max(0, 32 - BitOperations.LeadingZeroCount(high - low) - HistogramBits);
        int binCount = (int)((high - low) >> shift) + 1;

        // Each worker has a histogram of its own; the last bin counts what lies above the range.
        List<long[]> histograms = [];
        Run(new Pass(Used([request.Input], origin), null, 1) { Floats = true }, _ =>
        {
            long[] bins = new long[binCount + 1];
            lock (histograms)
            {
                histograms.Add(bins);
            }

            return (feed, _, _, count) =>
            {
                uint* magnitudes = (uint*)feed.Scratch[0];
                feed.Kernels.Magnitudes(feed.Input(request.Input), feed.Origin(origin), (float*)magnitudes, count);
                for (int i = 0; i < count; i++)
                {
                    uint magnitude = magnitudes[i];
                    if (magnitude >= low)
                    {
                        bins[magnitude > high ? binCount : (magnitude - low) >> shift]++;
                    }
                }

                return true;
            };
        });

        long wanted = request.Keep - histograms.Sum(bins => bins[binCount]);
        int bin = binCount - 1;
        for (long inBin; wanted > (inBin = histograms.Sum(bins => bins[bin])); bin--)
        {
            wanted -= inBin;
        }

        uint start = low + ((uint)bin << shift);
        return new MagnitudeBracket(start, Math.Min(high, start + ((1u << shift) - 1)));
    }
}
