using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Devices;
using ModelTensors.Devices.Cpu;

namespace ModelAggregation.Inspection;

/// <summary>Compares two checkpoints tensor by tensor: reads each once, in bounded memory.</summary>
/// <example>
/// <code>
/// CheckpointDifference difference = CheckpointComparer.Compare(before, after);
/// Console.WriteLine($"{difference.ChangedTensors} tensors changed by {difference.RelativeDistance:P2}");
/// </code>
/// </example>
public static class CheckpointComparer
{
    /// <summary>Compares two checkpoints.</summary>
    /// <param name="first">The first; distances are relative to it. The caller disposes both.</param>
    /// <param name="second">The second.</param>
    /// <param name="options">How to read; the defaults when null.</param>
    /// <param name="progress">Told how far the comparison is.</param>
    /// <param name="cancellationToken">Stops the comparison between tiles.</param>
    /// <exception cref="ModelDataException">A file cannot be read in full.</exception>
    public static CheckpointDifference Compare(
        TensorSet first,
        TensorSet second,
        InspectionOptions? options = null,
        IProgress<InspectionProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        List<TensorInfo> onlyInFirst = [];
        List<UnlikeTensors> unlike = [];
        List<Pair> pairs = [];
        foreach (string name in first.Names)
        {
            TensorInfo info = Info(first, name, out TensorSource source);
            if (!second.TryGet(name, out TensorSource? other))
            {
                onlyInFirst.Add(info);
            }
            else if (!AreComparable(source, other))
            {
                unlike.Add(new UnlikeTensors(info, Info(second, name, out _)));
            }
            else
            {
                pairs.Add(new Pair(name, source, other));
            }
        }

        return new CheckpointDifference
        {
            Tensors = Compare(pairs, options ?? new InspectionOptions(), progress, cancellationToken),
            Unlike = unlike,
            OnlyInFirst = onlyInFirst,
            OnlyInSecond = [.. second.Names.Where(name => !first.TryGet(name, out _)).Select(name => Info(second, name, out _))],
        };
    }

    private static bool AreComparable(TensorSource first, TensorSource second) =>
        first.Shape == second.Shape
        && (first.DataType == second.DataType || (first.DataType.IsFloatingPoint && second.DataType.IsFloatingPoint));

    private static TensorInfo Info(TensorSet set, string name, out TensorSource source)
    {
        source = set.TryGet(name, out TensorSource? found) ? found : throw new InvalidOperationException($"The set names '{name}' but does not have it.");
        return new TensorInfo(name, source.DataType, source.Shape);
    }

    private static List<TensorDifference> Compare(
        List<Pair> pairs, InspectionOptions options, IProgress<InspectionProgress>? progress, CancellationToken cancellationToken)
    {
        using CpuDevice? own = options.CreateDevice();
        TensorDevice device = options.Device ?? own!;
        InspectionMeter meter = new(pairs.Count, pairs.Sum(pair => pair.First.ByteLength + pair.Second.ByteLength), progress);
        SessionOptions session = new() { BytesRead = meter.Add, CancellationToken = cancellationToken };
        List<TensorDifference> differences = [];
        foreach (Pair pair in pairs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            meter.Start(pair.Name);
            differences.Add(pair.First.DataType.IsFloatingPoint ? CompareFloats(pair, device, session) : CompareBytes(pair, meter, cancellationToken));
            meter.Complete();
        }

        return differences;
    }

    private static TensorDifference CompareFloats(Pair pair, TensorDevice device, SessionOptions options)
    {
        if (pair.First.Shape.ElementCount == 0)
        {
            return pair.Difference(0, 0) with { FirstNorm = 0, SecondNorm = 0, Product = 0, Distance = 0, LargestDifference = 0 };
        }

        using TensorSession session = device.Open([pair.First, pair.Second], options);
        TensorComparison comparison = session.Compare(0, 1, pair.RowLength);
        return pair.Difference(comparison.ChangedElements, comparison.ChangedRows) with
        {
            FirstNorm = Math.Sqrt(comparison.SquaredLeft),
            SecondNorm = Math.Sqrt(comparison.SquaredRight),
            Product = comparison.Product,
            Distance = Math.Sqrt(comparison.SquaredDistance),
            LargestDifference = comparison.LargestDifference,
            FirstNonFinite = session.NonFiniteInputs[0],
            SecondNonFinite = session.NonFiniteInputs[1],
        };
    }

    private static TensorDifference CompareBytes(Pair pair, InspectionMeter meter, CancellationToken cancellationToken)
    {
        (long elements, long rows) = IntegerComparison.Run(pair.First, pair.Second, pair.RowLength, meter.Add, cancellationToken);
        return pair.Difference(elements, rows);
    }

    private sealed record Pair(string Name, TensorSource First, TensorSource Second)
    {
        private bool HasRows => First.Shape.Rank > 1;

        public long RowLength => HasRows ? First.Shape[First.Shape.Rank - 1] : Math.Max(1, First.Shape.ElementCount);

        public TensorDifference Difference(long changedElements, long changedRows) =>
            new(new TensorInfo(Name, First.DataType, First.Shape), new TensorInfo(Name, Second.DataType, Second.Shape))
            {
                ChangedElements = changedElements,
                RowCount = HasRows ? First.Shape.ElementCount / Math.Max(1, RowLength) : null,
                ChangedRows = HasRows ? changedRows : null,
            };
    }
}
