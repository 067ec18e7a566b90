using System.Numerics;
using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <content>
/// Exact selection without sorting. A sample gives a narrow bracket around the threshold; one pass counts what lies above it and
/// on its two ends and collects what lies strictly inside; the threshold is then found among those few. bf16 differences tie in their
/// thousands, but then at an end of the bracket, where they are only counted. If the sample misleads, a histogram narrows the bracket exactly.
/// </content>
internal sealed unsafe partial class CpuSession
{
    // 262,144 elements place a quantile within 0.1 % (one standard deviation at the median); the bracket takes four. In little memory fewer do.
    private const int LargestSample = 1 << 18;
    private const int SampleSize = 1 << 16;
    private const double BracketDeviations = 4;
    private const int SampleShare = 64;
    private const int SampleShareOfMemory = 8;
    private const int SmallestSample = 1 << 12;

    // Short runs all over the tensor: neighbours are alike, but a run costs a read of each file.
    private const int SampleRun = 128;
    private const int HistogramBits = 16;

    public override IReadOnlyList<ElementSelection> SelectLargest(IReadOnlyList<SelectionRequest> requests, int origin = -1)
    {
        ArgumentNullException.ThrowIfNull(requests);
        foreach (SelectionRequest request in requests)
        {
            Check(request);
        }

        PendingSelection[] pending = [.. requests.Select(request => new PendingSelection(request, Segments))];
        Sample(pending, origin);
        for (PendingSelection[] open = pending; open.Length > 0; open = [.. open.Where(item => item.Result is null)])
        {
            CountBrackets(open, origin);
            ForEach(open, item => item.TryDecide());
            foreach (PendingSelection item in open)
            {
                KeyBracket counted = item.Bracket;
                item.Bracket = item.Result is null ? Narrow(item, origin) : counted;
                counted.Release();
            }
        }

        return [.. pending.Select(item => item.Result!)];
    }

    private void Check(SelectionRequest request)
    {
        if (request.ShareOfNonZero is { } share ? !(share is >= 0 and <= 1) : request.Keep < 1 || request.Keep > Segments.ElementCount)
        {
            throw new ArgumentOutOfRangeException(
                nameof(request), request, $"A selection keeps between 1 and all {Segments.ElementCount} elements, or a share in [0, 1] of those above zero.");
        }
    }

    /// <summary>Gives a better bracket for another pass, where the last one did not decide.</summary>
    private KeyBracket Narrow(PendingSelection item, int origin)
    {
        KeyBracket bracket = item.Bracket;
        long aboveLow = bracket.Above + bracket.AtHigh + bracket.InsideCount;
        return item.Keep <= bracket.Above ? Narrow(item, bracket.High + 1, KeyBracket.Largest, origin)
            : item.Keep > aboveLow ? Narrow(item, 0, bracket.Low - 1, origin)
            : Narrow(item, bracket.Low + 1, bracket.High - 1, origin);
    }

    /// <summary>Runs an action for each of a few items, on as many threads as compute at a time.</summary>
    private void ForEach<T>(T[] items, Action<T> action)
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

    /// <summary>Reads runs of elements all over the tensor and puts each threshold between two of their keys.</summary>
    private void Sample(PendingSelection[] pending, int origin)
    {
        long count = Segments.ElementCount;
        if (count <= SampleSize)
        {
            // All of them are few enough to be candidates.
            Array.ForEach(pending, item => item.Bracket = new KeyBracket(0, KeyBracket.Largest));
            return;
        }

        IGrouping<SelectionKey, PendingSelection>[] groups = [.. pending.GroupBy(item => item.Request.Key)];
        // Of a small tensor fewer: sorting out the sample would cost more than the candidates that a wider bracket brings.
        long affordable = Math.Clamp(CpuMemory.Candidates(_device.Options) / groups.Length / (SampleShareOfMemory * sizeof(uint)), SampleSize, LargestSample);
        int runs = (int)(Math.Clamp(count / SampleShare, SmallestSample, affordable) / SampleRun);
        Dictionary<SelectionKey, uint[]> samples = groups.ToDictionary(group => group.Key, _ => new uint[runs * SampleRun]);
        int[] used = UsedBy(pending, origin);
        using ChunkFeed feed = new(this, new ComputeGate(null), used, new bool[used.Length], null, SampleRun, null, 1);
        uint* keys = (uint*)feed.Scratch[0];
        for (int run = 0; run < runs; run++)
        {
            // A place at random in each stratum: rows are as regular as powers of two, and a regular sample would see the same columns of all.
            long stratum = count / runs;
            long start = (stratum * run) + (Philox.Block((ulong)run, 0, default).Word0 % (stratum - SampleRun + 1));
            feed.Open(start, start + SampleRun);
            feed.Fill(start, SampleRun);
            foreach ((SelectionKey key, uint[] sample) in samples)
            {
                SelectionKeys.Write(feed, key, origin, start, count, (float*)keys, SampleRun);
                new ReadOnlySpan<uint>(keys, SampleRun).CopyTo(sample.AsSpan(run * SampleRun));
            }
        }

        ForEach(groups, group =>
        {
            foreach (PendingSelection item in group)
            {
                item.Bracket = Bracket(item.Request, samples[group.Key]);
            }
        });
    }

    private KeyBracket Bracket(SelectionRequest request, uint[] sample)
    {
        double share = (double)request.Keep / Segments.ElementCount;
        double deviation = 0;
        if (request.ShareOfNonZero is { } ofNonZero)
        {
            // How many are above zero is an estimate, too.
            double nonZero = (double)sample.Count(key => key != 0) / sample.Length;
            share = ofNonZero * nonZero;
            deviation = ofNonZero * Math.Sqrt(nonZero * (1 - nonZero) / sample.Length);
        }

        double margin = BracketDeviations * (deviation + Math.Sqrt(share * (1 - share) / sample.Length));
        long first = (long)Math.Floor((share - margin) * sample.Length) - 1;
        long last = (long)Math.Ceiling((share + margin) * sample.Length);
        uint high = first < 0 ? KeyBracket.Largest : RadixSelect.Largest(sample, 0, KeyBracket.Largest, first, out _);
        uint low = last >= sample.Length ? 0 : RadixSelect.Largest(sample, 0, KeyBracket.Largest, last, out _);
        return new KeyBracket(low, high, sample.Count(key => key > low && key < high) * (Segments.ElementCount / sample.Length));
    }

    /// <summary>One pass that counts and collects for several brackets.</summary>
    private void CountBrackets(PendingSelection[] open, int origin)
    {
        PendingSelection[][] groups = [.. open.GroupBy(item => item.Request.Key).Select(group => group.ToArray())];
        double share = CpuMemory.Candidates(_device.Options) / (double)open.Sum(item => item.Bracket.Room(Segments));
        foreach (PendingSelection item in open)
        {
            item.Bracket.Start(Segments, (long)(share * item.Bracket.Room(Segments)));
        }

        // A compressed store writes up to a step beyond what it keeps, and two are filled at once: each has a step of room behind it.
        const int stride = ChunkKernels.Capacity + ChunkKernels.Step;
        int scratch = 2 + (open.Length * stride / ChunkKernels.Capacity);
        bool[] countsNonZero = [.. groups.Select(group => Array.Exists(group, item => item.Keep < 0))];
        Run(new Pass(UsedBy(open, origin), null, scratch), feed =>
        {
            BracketCounts[] counts = new BracketCounts[open.Length];
            int[] found = new int[open.Length];
            long[] nonZero = new long[groups.Length];
            float* keys = (float*)feed.Scratch[0];
            uint* inside = (uint*)feed.Scratch[1];
            return (_, segment, start, count) =>
            {
                bool finite = true;
                for (int i = 0, first = 0; i < groups.Length; first += groups[i++].Length)
                {
                    PendingSelection[] group = groups[i];
                    for (int k = 0; k < group.Length; k++)
                    {
                        counts[first + k] = new BracketCounts(group[k].Bracket.Low, group[k].Bracket.High);
                    }

                    Span<BracketCounts> own = counts.AsSpan(first, group.Length);
                    uint* room = inside + (first * stride);
                    finite &= group[0].Request.Key is MagnitudeKey { Input: var input } && group.Length <= 2 && !countsNonZero[i]
                        ? CountMagnitudes(feed, feed.Input(input), feed.Origin(origin), own, room, room + stride, found.AsSpan(first), count)
                        : SelectionKeys.Write(feed, group[0].Request.Key, origin, start, Segments.ElementCount, keys, count)
                            & CountKeys(feed, keys, own, room, found.AsSpan(first), countsNonZero[i], out nonZero[i], count);
                }

                for (int i = 0, next = 0; i < groups.Length && (finite || !feed.IsStored); i++)
                {
                    foreach (PendingSelection item in groups[i])
                    {
                        item.Bracket.Add(segment, counts[next], new ReadOnlySpan<uint>(inside + (next * stride), found[next]));
                        if (item.Keep < 0)
                        {
                            item.AddNonZero(segment, nonZero[i]);
                        }

                        next++;
                    }
                }

                return finite;
            };
        });
    }

    private static bool CountMagnitudes(
        ChunkFeed feed, void* input, void* origin, Span<BracketCounts> counts, uint* inside, uint* insideSecond, Span<int> found, int count) => counts.Length == 1
        ? feed.Kernels.CountBracket(input, origin, count, ref counts[0], inside, out found[0])
        : feed.Kernels.CountBrackets(input, origin, count, ref counts[0], ref counts[1], inside, insideSecond, out found[0], out found[1]);

    /// <summary>Counts keys that lie in the first-level cache. They may be infinite although no element is, so this is always true.</summary>
    private bool CountKeys(
        ChunkFeed feed, float* keys, Span<BracketCounts> counts, uint* inside, Span<int> found, bool countsNonZero, out long nonZero, int count)
    {
        void* zeros = feed.Origin(-1);
        const int stride = ChunkKernels.Capacity + ChunkKernels.Step;
        for (int i = 0; i < counts.Length; i++)
        {
            feed.Singles.CountBracket(keys, zeros, count, ref counts[i], inside + (i * stride), out found[i]);
        }

        nonZero = countsNonZero ? Kernels.CountPositive(keys, count) : 0;
        return true;
    }

    /// <summary>Counts the keys of a range, in which the threshold lies, by histogram, and returns the bin that holds it.</summary>
    private KeyBracket Narrow(PendingSelection item, uint low, uint high, int origin)
    {
        int shift = Math.Max(0, 32 - BitOperations.LeadingZeroCount(high - low) - HistogramBits);
        int binCount = (int)((high - low) >> shift) + 1;

        // Each worker has a histogram of its own; the last bin counts what lies above the range.
        List<long[]> histograms = [];
        Run(new Pass(UsedBy([item], origin), null, 1) { Floats = true }, _ =>
        {
            long[] bins = new long[binCount + 1];
            lock (histograms)
            {
                histograms.Add(bins);
            }

            return (feed, _, start, count) =>
            {
                uint* keys = (uint*)feed.Scratch[0];
                SelectionKeys.Write(feed, item.Request.Key, origin, start, Segments.ElementCount, (float*)keys, count);
                for (int i = 0; i < count; i++)
                {
                    uint key = keys[i];
                    if (key >= low)
                    {
                        bins[key > high ? binCount : (key - low) >> shift]++;
                    }
                }

                return true;
            };
        });

        long wanted = item.Keep - histograms.Sum(bins => bins[binCount]);
        int bin = binCount - 1;
        for (long inBin; wanted > (inBin = histograms.Sum(bins => bins[bin])); bin--)
        {
            wanted -= inBin;
        }

        uint start = low + ((uint)bin << shift);
        return new KeyBracket(start, Math.Min(high, start + ((1u << shift) - 1)));
    }

    private static int[] UsedBy(IEnumerable<PendingSelection> pending, int origin) => Used(pending.SelectMany(item => item.Request.Key.Inputs), origin);
}
