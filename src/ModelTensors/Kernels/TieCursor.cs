using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace ModelTensors.Kernels;

/// <summary>
/// Decides which of the elements that tie with a selection's threshold are kept: exactly so many of all, spread evenly.
/// </summary>
/// <remarks>
/// Ties are numbered in the order of their elements. Tie j is kept when (j · Step + Offset) mod Total &lt; Keep. Step and Total have no common
/// divisor, so the residues are a permutation and exactly Keep of Total ties are kept; with Step near Total divided by the golden ratio
/// every run of consecutive ties keeps its share but for a few. Step 1 and offset 0 keep the ties of lowest index.
/// </remarks>
internal struct TieCursor
{
    private readonly ulong _step;
    private readonly ulong _total;
    private readonly ulong _keep;
    private readonly TieResidues _residues;
    private ulong _state;

    /// <summary>Starts at some tie.</summary>
    /// <param name="step">Below <paramref name="total"/>, and coprime to it.</param>
    /// <param name="offset">Below <paramref name="total"/>.</param>
    /// <param name="total">The number of ties in the tensor, at least 1.</param>
    /// <param name="keep">How many are kept.</param>
    /// <param name="first">The number of the first tie that the cursor will see.</param>
    public TieCursor(long step, long offset, long total, long keep, long first)
    {
        _step = (ulong)step;
        _total = (ulong)total;
        _keep = (ulong)keep;
        _state = (ulong)((((UInt128)(ulong)first * (ulong)step) + (ulong)offset) % (ulong)total);
        _residues = FitsLanes ? new TieResidues(_step, _total, _keep) : default;
    }

    /// <summary>Gets a cursor that keeps nothing.</summary>
    public static TieCursor None => new(0, 0, 1, 0, 0);

    /// <summary>Gets whether the sum of two residues fits 32 bits, so that <see cref="TieResidues"/> can decide for this cursor.</summary>
    public readonly bool FitsLanes => _total <= int.MaxValue;

    /// <summary>Gets the residue of the next tie.</summary>
    public readonly ulong State => _state;

    /// <summary>Gets what decides sixteen ties together; only where <see cref="FitsLanes"/>.</summary>
    [UnscopedRef]
    public readonly ref readonly TieResidues Residues => ref _residues;

    /// <summary>Goes past some ties; only where <see cref="FitsLanes"/>.</summary>
    public void Skip(uint ties) => _state = (_state + (ties * _step)) % _total;

    public bool KeepsNext()
    {
        bool keeps = _state < _keep;
        _state += _step;
        if (_state >= _total)
        {
            _state -= _total;
        }

        return keeps;
    }

    /// <summary>Decides the ties of a step, one bit for each lane that ties, and returns the bits of those that are kept.</summary>
    public uint Keep(uint tied)
    {
        uint kept = 0;
        for (; tied != 0; tied &= tied - 1)
        {
            kept |= KeepsNext() ? 1u << BitOperations.TrailingZeroCount(tied) : 0;
        }

        return kept;
    }
}
