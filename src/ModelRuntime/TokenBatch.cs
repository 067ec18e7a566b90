namespace ModelRuntime;

/// <summary>Some sequences of tokens, one after the other without padding. Immutable.</summary>
/// <remarks>
/// The engine computes attended tokens only: padding on either side is taken away when a batch is made, and costs nothing. What a sequence gives is the same bits
/// alone, in any batch, and with any padding.
/// </remarks>
public sealed class TokenBatch
{
    private readonly int[] _tokens;
    private readonly int[] _starts;

    private TokenBatch(int[] tokens, int[] starts)
    {
        _tokens = tokens;
        _starts = starts;
    }

    /// <summary>Gets the number of sequences.</summary>
    public int SequenceCount => _starts.Length - 1;

    /// <summary>Gets the number of tokens of all sequences.</summary>
    public int TokenCount => _tokens.Length;

    /// <summary>Gets the tokens of all sequences, one sequence after the other.</summary>
    public ReadOnlySpan<int> Tokens => _tokens;

    /// <summary>Gets the length of the longest sequence.</summary>
    public int LongestLength => Enumerable.Range(0, SequenceCount).Max(LengthOf);

    /// <summary>Creates a batch.</summary>
    /// <param name="sequences">The sequences; at least one, each with at least one token.</param>
    /// <exception cref="ArgumentException">There is no sequence, or an empty one.</exception>
    public static TokenBatch Of(params IReadOnlyList<ReadOnlyMemory<int>> sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        ArgumentOutOfRangeException.ThrowIfZero(sequences.Count);
        int[] starts = new int[sequences.Count + 1];
        for (int i = 0; i < sequences.Count; i++)
        {
            starts[i + 1] = checked(starts[i] + sequences[i].Length);
            if (sequences[i].IsEmpty)
            {
                throw new ArgumentException($"Sequence {i} has no tokens.", nameof(sequences));
            }
        }

        int[] tokens = new int[starts[^1]];
        for (int i = 0; i < sequences.Count; i++)
        {
            sequences[i].Span.CopyTo(tokens.AsSpan(starts[i]));
        }

        return new TokenBatch(tokens, starts);
    }

    /// <summary>Creates a batch of a rectangle of tokens, as <c>input_ids</c> and <c>attention_mask</c> of other libraries.</summary>
    /// <param name="tokens">The tokens, row by row.</param>
    /// <param name="mask">As many numbers: 0 for a token that is padding. Rows may be padded on either side.</param>
    /// <param name="rows">The number of rows, at least 1.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together, or a row is padding throughout.</exception>
    public static TokenBatch FromPadded(ReadOnlySpan<int> tokens, ReadOnlySpan<int> mask, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        if (tokens.Length != mask.Length || tokens.Length % rows != 0)
        {
            throw new ArgumentException($"{tokens.Length} tokens with a mask of {mask.Length} are not {rows} equal rows.", nameof(tokens));
        }

        int columns = tokens.Length / rows;
        ReadOnlyMemory<int>[] sequences = new ReadOnlyMemory<int>[rows];
        for (int row = 0; row < rows; row++)
        {
            List<int> kept = new(columns);
            for (int i = row * columns; i < (row + 1) * columns; i++)
            {
                if (mask[i] != 0)
                {
                    kept.Add(tokens[i]);
                }
            }

            sequences[row] = kept.ToArray();
        }

        return Of(sequences);
    }

    /// <summary>Returns the number of tokens of a sequence.</summary>
    /// <param name="sequence">The sequence, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sequence.</exception>
    public int LengthOf(int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, SequenceCount);
        return _starts[sequence + 1] - _starts[sequence];
    }

    /// <summary>Returns the place of a sequence's first token in <see cref="Tokens"/>, which is its row in what a model gives.</summary>
    /// <param name="sequence">The sequence, from 0; the number of sequences gives the number of tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sequence.</exception>
    public int StartOf(int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, SequenceCount);
        return _starts[sequence];
    }

    /// <summary>Returns a batch of some of the sequences.</summary>
    internal TokenBatch Only(IReadOnlyList<int> sequences) => Of([.. sequences.Select(sequence => _tokens.AsMemory(StartOf(sequence), LengthOf(sequence)))]);
}
