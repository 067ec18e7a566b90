namespace ModelTensors.Kernels;

/// <summary>The innermost loop of a product: a small tile of C that lives in registers while k runs.</summary>
/// <remarks>
/// <para>Every element of the tile is one chain <c>acc = fma(a[k], b[k], acc)</c> with k ascending: lanes are columns, never depths, so
/// the bits do not depend on the width of the vectors or the shape of the tile.</para>
/// <para>Panel layout: A holds <see cref="Rows"/> consecutive floats for each k (one column of the tile's rows), B holds
/// <see cref="Columns"/> consecutive floats for each k.</para>
/// </remarks>
internal unsafe interface IMicroKernel
{
    /// <summary>Gets the rows of a tile, and the width of an A panel.</summary>
    static abstract int Rows { get; }

    /// <summary>Gets the columns of a tile, and the width of a B panel.</summary>
    static abstract int Columns { get; }

    /// <summary>Gets the rows that <see cref="MultiplyNarrow"/> computes.</summary>
    static abstract int NarrowRows { get; }

    /// <summary>Computes a tile: <c>result = start + sum over k of a[k] b[k]</c>, with start 0 where <paramref name="start"/> is null.</summary>
    /// <param name="a">A panel; <c>depth * Rows</c> floats are read.</param>
    /// <param name="b">A panel; <c>depth * Columns</c> floats are read.</param>
    /// <param name="depth">The number of k.</param>
    /// <param name="start">The accumulators of the k before, or null; a full tile is read.</param>
    /// <param name="startStride">Floats between the rows of <paramref name="start"/>.</param>
    /// <param name="result">Receives the accumulators; may be <paramref name="start"/>; a full tile is written.</param>
    /// <param name="resultStride">Floats between the rows of <paramref name="result"/>.</param>
    static abstract void Multiply(float* a, float* b, nint depth, float* start, nint startStride, float* result, nint resultStride);

    /// <summary>Like <see cref="Multiply"/> for the first <see cref="NarrowRows"/> rows alone: the last rows of a matrix cost less this way.</summary>
    static abstract void MultiplyNarrow(float* a, float* b, nint depth, float* start, nint startStride, float* result, nint resultStride);
}
