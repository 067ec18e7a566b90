using System.Runtime.InteropServices;
using ModelTensors;

namespace ModelAggregation.Stacking;

/// <summary>Writes tensors of a stack, a run of elements at a time.</summary>
internal sealed class TensorWriting(Action<long> bytesRead, CancellationToken cancellationToken)
{
    private const int RunLength = 1 << 17;

    private readonly byte[] _stored = new byte[RunLength * sizeof(double)];
    private readonly float[] _floats = new float[RunLength];
    private double[] _sums = [];

    /// <summary>Copies a tensor: byte for byte where the types are the same, else each element widened to float and rounded once to nearest even.</summary>
    /// <returns>How many of the written elements are NaN or infinite.</returns>
    public long Copy(TensorSource source, TensorSink sink)
    {
        long nonFinite = 0;
        long count = source.Shape.ElementCount;
        for (long start = 0; start < count; start += RunLength)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int run = (int)Math.Min(RunLength, count - start);
            Span<byte> stored = Read(source, start, run);
            if (source.DataType != sink.DataType)
            {
                FloatConversion.Widen(stored, source.DataType, _floats.AsSpan(0, run));
                stored = _stored.AsSpan(0, run * sink.DataType.Size);
                FloatConversion.Narrow(_floats.AsSpan(0, run), stored, sink.DataType);
            }

            nonFinite += CountNonFinite(stored, sink.DataType);
            sink.Write(start, stored);
        }

        return nonFinite;
    }

    /// <summary>Writes <c>Σ W_i / Σ 1_i</c>, the mean of the tensors that have an element: smaller ones are taken to be padded at the end of each axis.</summary>
    /// <remarks>Sums in double, in the order of the models; the mean is rounded to float, then to the type. An element that none has is 0.</remarks>
    /// <returns>How many of the written elements are NaN or infinite.</returns>
    public long Mean(IReadOnlyList<TensorSource> sources, TensorSink sink)
    {
        _sums = _sums.Length > 0 ? _sums : new double[RunLength];

        // Behind the last axis in which they differ all have one layout: what lies there is one run, and so is the last such axis, of which some have less.
        long[] sizes = [.. sink.Shape.Dimensions];
        int outer = LastDifference(sources);
        long runs = Product(sizes.AsSpan(0, outer));
        long length = Product(sizes.AsSpan(outer));
        long[] index = new long[outer];
        long nonFinite = 0;
        for (long run = 0; run < runs; run++)
        {
            Locate(run, sizes, index);
            nonFinite += Mean(sources, index, length, run * length, sink);
        }

        return nonFinite;
    }

    private static int LastDifference(IReadOnlyList<TensorSource> sources)
    {
        int last = 0;
        for (int axis = 0; axis < sources[0].Shape.Rank; axis++)
        {
            last = sources.Any(source => source.Shape[axis] != sources[0].Shape[axis]) ? axis : last;
        }

        return last;
    }

    private static void Locate(long run, long[] sizes, long[] index)
    {
        for (int axis = index.Length - 1; axis >= 0; axis--)
        {
            (run, index[axis]) = Math.DivRem(run, sizes[axis]);
        }
    }

    // The number of a run in a tensor of other sizes, or -1 where it has no such run.
    private static long Number(TensorShape shape, long[] index)
    {
        long number = 0;
        for (int axis = 0; axis < index.Length; axis++)
        {
            if (index[axis] >= shape[axis])
            {
                return -1;
            }

            number = (number * shape[axis]) + index[axis];
        }

        return number;
    }

    private static long Product(ReadOnlySpan<long> sizes)
    {
        long product = 1;
        foreach (long size in sizes)
        {
            product *= size;
        }

        return product;
    }

    private long Mean(IReadOnlyList<TensorSource> sources, long[] index, long length, long position, TensorSink sink)
    {
        long nonFinite = 0;
        int[] ends = new int[sources.Count];
        for (long start = 0; start < length; start += RunLength)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)Math.Min(RunLength, length - start);
            Span<double> sums = _sums.AsSpan(0, count);
            sums.Clear();
            for (int i = 0; i < sources.Count; i++)
            {
                long own = Product([.. sources[i].Shape.Dimensions.Skip(index.Length)]);
                long number = Number(sources[i].Shape, index);
                ends[i] = number < 0 ? 0 : (int)Math.Clamp(own - start, 0, count);
                Add(sources[i], (number * own) + start, sums[..ends[i]]);
            }

            Divide(sums, ends);
            Span<byte> stored = _stored.AsSpan(0, count * sink.DataType.Size);
            FloatConversion.Narrow(_floats.AsSpan(0, count), stored, sink.DataType);
            nonFinite += CountNonFinite(stored, sink.DataType);
            sink.Write(position + start, stored);
        }

        return nonFinite;
    }

    private void Add(TensorSource source, long start, Span<double> sums)
    {
        if (sums.Length == 0)
        {
            return;
        }

        Span<float> floats = _floats.AsSpan(0, sums.Length);
        FloatConversion.Widen(Read(source, start, sums.Length), source.DataType, floats);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += floats[i];
        }
    }

    // Each model has a beginning of the run: between two ends the same models have all elements.
    private void Divide(ReadOnlySpan<double> sums, int[] ends)
    {
        int[] order = [.. ends.Order()];
        for (int i = 0, begin = 0; i <= order.Length; i++)
        {
            int end = i < order.Length ? order[i] : sums.Length;
            double count = Math.Max(1, order.Length - i);
            for (int element = begin; element < end; element++)
            {
                _floats[element] = (float)(sums[element] / count);
            }

            begin = Math.Max(begin, end);
        }
    }

    // Of what is stored: a finite float may be none in a narrower type. Overwrites the floats.
    private long CountNonFinite(ReadOnlySpan<byte> stored, DataType type)
    {
        long count = 0;
        if (type is DataType.F64)
        {
            // Not as floats, which have no room for the largest.
            foreach (double value in MemoryMarshal.Cast<byte, double>(stored))
            {
                count += double.IsFinite(value) ? 0 : 1;
            }
        }
        else if (type.IsFloatingPoint)
        {
            Span<float> floats = _floats.AsSpan(0, stored.Length / type.Size);
            FloatConversion.Widen(stored, type, floats);
            foreach (float value in floats)
            {
                count += float.IsFinite(value) ? 0 : 1;
            }
        }

        return count;
    }

    private Span<byte> Read(TensorSource source, long start, int count)
    {
        Span<byte> stored = _stored.AsSpan(0, count * source.DataType.Size);
        source.Read(start, stored);
        bytesRead(stored.Length);
        return stored;
    }
}
