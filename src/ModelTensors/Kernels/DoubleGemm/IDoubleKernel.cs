namespace ModelTensors.Kernels;

/// <summary>The innermost loop of a product in double: a small tile of C that lives in registers while k runs.</summary>
/// <remarks>
/// Both operands come in panels of <see cref="DoublePanels.Width"/> lines, so that one packed matrix can stand on either side of its own product. Every
/// element of the tile is one chain <c>acc = fma(a[k], b[k], acc)</c> with k ascending from 0: lanes are columns, never depths, so the bits do not depend on
/// the width of the vectors or the shape of the tile.
/// </remarks>
internal unsafe interface IDoubleKernel
{
    /// <summary>Gets the rows of a tile; divides <see cref="DoublePanels.Width"/>.</summary>
    static abstract int Rows { get; }

    /// <summary>Gets the columns of a tile; divides <see cref="DoublePanels.Width"/>.</summary>
    static abstract int Columns { get; }

    /// <summary>Adds a tile's chains to sums: <c>sums[i, j] += chain of a[k, i] · b[k, j]</c>.</summary>
    /// <param name="a">The tile's first line in a panel.</param>
    /// <param name="b">The tile's first line in a panel.</param>
    /// <param name="depth">The number of k.</param>
    /// <param name="sums">A full tile is read and written.</param>
    /// <param name="stride">Doubles between the rows of <paramref name="sums"/>.</param>
    static abstract void AddProduct(double* a, double* b, nint depth, double* sums, nint stride);

    /// <summary>Widens floats, exactly.</summary>
    /// <param name="source">The floats.</param>
    /// <param name="destination">The doubles.</param>
    /// <param name="count">A multiple of <see cref="DoublePanels.Width"/>.</param>
    static abstract void Widen(float* source, double* destination, nint count);
}
