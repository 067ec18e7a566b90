using ModelRuntime.Decoders;

namespace ModelRuntime.Kernels;

/// <summary>Attention of one head over a sequence that is short enough to stay in the first-level cache. The bits are those of products by a device.</summary>
internal static unsafe class SmallAttention
{
    /// <summary>The most keys that go this way.</summary>
    public const int MostKeys = 128;

    /// <summary>Where a head's rows lie: the first element, and the floats from row to row.</summary>
    internal readonly struct Head(float* start, int stride)
    {
        public float* Start { get; } = start;

        public int Stride { get; } = stride;
    }

    /// <summary>Returns the floats of scratch that a head needs.</summary>
    public static int ScratchLength(int keys, int size) => checked((size * Pad(keys)) + (2 * keys * Pad(keys)) + (2 * keys * Pad(size)));

    /// <summary>Computes a head's outputs.</summary>
    /// <param name="rows">Queries, keys, values and outputs, each of a sequence's tokens.</param>
    /// <param name="first">The row of the sequence's first token, from which all heads count.</param>
    /// <param name="count">The number of tokens.</param>
    /// <param name="head">The columns of the head: of queries and outputs, and of keys and values.</param>
    /// <param name="size">The width of a head.</param>
    /// <param name="window">How many keys a query sees, itself included.</param>
    /// <param name="scale">The factor of scores.</param>
    /// <param name="scratch">Memory of <see cref="ScratchLength"/>.</param>
    public static void Forward(
        (Rows Queries, Rows Keys, Rows Values, Rows Output) rows, int first, int count, (int Query, int Shared) head, int size, int window, float scale, Rows scratch)
    {
        fixed (float* memory = scratch.Span)
        fixed (float* queries = rows.Queries.Span)
        fixed (float* keys = rows.Keys.Span)
        fixed (float* values = rows.Values.Span)
        fixed (float* output = rows.Output.Span)
        {
            int width = Pad(count);
            int depth = Pad(size);
            float* turned = memory;
            float* scores = turned + (size * width);
            float* padded = scores + (count * width);
            float* result = padded + (count * depth);
            Probabilities(At(queries, rows.Queries, first, head.Query), At(keys, rows.Keys, first, head.Shared), count, size, window, scale, turned, scores);
            Widen(At(values, rows.Values, first, head.Shared), count, size, padded);
            SmallProduct.Multiply(scores, width, 1, padded, depth, result, depth, count, depth, count, 1, adds: false);
            Narrow(result, count, size, At(output, rows.Output, first, head.Query));
        }
    }

    /// <summary>Returns the floats of scratch that a head needs beside cached keys.</summary>
    public static int CachedScratchLength(int queries, int keys, int size) => checked(queries * (Pad(keys) + Pad(size)));

    /// <summary>Computes a head's outputs for the last tokens of a cached sequence.</summary>
    /// <param name="rows">Queries and outputs.</param>
    /// <param name="cached">The keys and values of all tokens so far, the last ones included.</param>
    /// <param name="first">The row of the first query.</param>
    /// <param name="count">The number of queries.</param>
    /// <param name="head">The columns of the head: of queries and outputs, and of keys and values.</param>
    /// <param name="size">The width of a head.</param>
    /// <param name="window">How many keys a query sees, itself included.</param>
    /// <param name="scale">The factor of scores.</param>
    /// <param name="scratch">Memory of <see cref="CachedScratchLength"/>.</param>
    public static void ForwardCached(
        (Rows Queries, Rows Output) rows, CachedHeads cached, int first, int count, (int Query, int Shared) head, int size, int window, float scale, Rows scratch)
    {
        int capacity = (int)cached.Keys.Shape[1];
        int stride = (int)cached.Values.Shape[1];
        int width = Pad(cached.Count);
        int depth = Pad(size);
        int past = cached.Count - count;

        // A head's whole vectors may end in the row behind the last; the spans say that it is there.
        fixed (float* memory = scratch.Span)
        fixed (float* queries = rows.Queries.Span)
        fixed (float* output = rows.Output.Span)
        fixed (float* keys = cached.Keys.AsSpan<float>((long)head.Shared * capacity, checked(size * capacity)))
        fixed (float* values = cached.Values.AsSpan<float>(head.Shared, checked(((cached.Count - 1) * stride) + depth)))
        {
            float* scores = memory;
            float* result = scores + (count * width);
            Head query = At(queries, rows.Queries, first, head.Query);
            SmallProduct.Multiply(query.Start, query.Stride, 1, keys, capacity, scores, width, count, width, size, scale, adds: false);
            for (int row = 0; row < count; row++)
            {
                SoftmaxKernel.Forward(scores + (row * width), Math.Max(0, past + row - window + 1), past + row + 1, width);
            }

            SmallProduct.Multiply(scores, width, 1, values, stride, result, depth, count, depth, cached.Count, 1, adds: false);
            Narrow(result, count, size, At(output, rows.Output, first, head.Query));
        }
    }

    /// <summary>Computes a head's gradients: sets that of queries, adds to those of keys and values.</summary>
    public static void Backward(
        (Rows Queries, Rows Keys, Rows Values, Rows OutputGradient) rows, (Rows Queries, Rows Keys, Rows Values) gradients,
        int first, int count, (int Query, int Shared) head, int size, int window, float scale, Rows scratch)
    {
        fixed (float* memory = scratch.Span)
        fixed (float* queries = rows.Queries.Span)
        fixed (float* keys = rows.Keys.Span)
        fixed (float* values = rows.Values.Span)
        fixed (float* given = rows.OutputGradient.Span)
        fixed (float* queryGradient = gradients.Queries.Span)
        fixed (float* keyGradient = gradients.Keys.Span)
        fixed (float* valueGradient = gradients.Values.Span)
        {
            int width = Pad(count);
            int depth = Pad(size);
            float* turned = memory;
            float* probabilities = turned + (size * width);
            float* scores = probabilities + (count * width);
            float* padded = scores + (count * width);
            float* result = padded + (count * depth);
            Head query = At(queries, rows.Queries, first, head.Query);
            Head key = At(keys, rows.Keys, first, head.Shared);
            Head output = At(given, rows.OutputGradient, first, head.Query);
            Probabilities(query, key, count, size, window, scale, turned, probabilities);

            // dV += Pᵀ dO.
            Head value = At(valueGradient, gradients.Values, first, head.Shared);
            Widen(output, count, size, padded);
            Widen(value, count, size, result);
            SmallProduct.Multiply(probabilities, 1, width, padded, depth, result, depth, count, depth, count, 1, adds: true);
            Narrow(result, count, size, value);

            // dP = dO Vᵀ, and from it the gradient of the scores.
            Turn(At(values, rows.Values, first, head.Shared), count, size, turned);
            SmallProduct.Multiply(output.Start, output.Stride, 1, turned, width, scores, width, count, width, size, 1, adds: false);
            for (int row = 0; row < count; row++)
            {
                SoftmaxKernel.Backward(probabilities + (row * width), scores + (row * width), count);
            }

            // dQ = s · dS K.
            Widen(key, count, size, padded);
            SmallProduct.Multiply(scores, width, 1, padded, depth, result, depth, count, depth, count, scale, adds: false);
            Narrow(result, count, size, At(queryGradient, gradients.Queries, first, head.Query));

            // dK += s · dSᵀ Q.
            Head keyed = At(keyGradient, gradients.Keys, first, head.Shared);
            Widen(query, count, size, padded);
            Widen(keyed, count, size, result);
            SmallProduct.Multiply(scores, 1, width, padded, depth, result, depth, count, depth, count, scale, adds: true);
            Narrow(result, count, size, keyed);
        }
    }

    private static void Probabilities(Head queries, Head keys, int count, int size, int window, float scale, float* turned, float* scores)
    {
        int width = Pad(count);
        Turn(keys, count, size, turned);
        SmallProduct.Multiply(queries.Start, queries.Stride, 1, turned, width, scores, width, count, width, size, scale, adds: false);
        for (int row = 0; row < count; row++)
        {
            // The columns behind the last key are part of no sum; zeros there keep products with them finite.
            SoftmaxKernel.Forward(scores + (row * width), Math.Max(0, row - window + 1), row + 1, width);
        }
    }

    private static Head At(float* start, Rows rows, int first, int column) => new(start + ((nint)first * rows.Columns) + column, rows.Columns);

    private static int Pad(int count) => (count + Lanes.Count - 1) / Lanes.Count * Lanes.Count;

    /// <summary>Copies a head's transpose, rows filled up with zeros.</summary>
    private static void Turn(Head head, int count, int size, float* turned)
    {
        int width = Pad(count);
        for (int column = 0; column < size; column++)
        {
            float* to = turned + (column * width);
            float* from = head.Start + column;
            for (int row = 0; row < count; row++)
            {
                to[row] = *from;
                from += head.Stride;
            }

            new Span<float>(to + count, width - count).Clear();
        }
    }

    /// <summary>Copies a head, rows filled up with zeros.</summary>
    private static void Widen(Head head, int count, int size, float* padded)
    {
        int depth = Pad(size);
        for (int row = 0; row < count; row++)
        {
            Span<float> to = new(padded + (row * depth), depth);
            new ReadOnlySpan<float>(head.Start + ((nint)row * head.Stride), size).CopyTo(to);
            to[size..].Clear();
        }
    }

    private static void Narrow(float* padded, int count, int size, Head head)
    {
        for (int row = 0; row < count; row++)
        {
            new ReadOnlySpan<float>(padded + (row * Pad(size)), size).CopyTo(new Span<float>(head.Start + ((nint)row * head.Stride), size));
        }
    }
}
