using ModelRuntime.Kernels;

namespace ModelRuntime.Decoders.Mixtures;

/// <summary>What the chosen experts give for each token of a batch, and their weighted sum, in the order of their ranks.</summary>
internal sealed class ExpertRows
{
    private readonly Compute _compute;
    private readonly Routes _routes;
    private readonly int[]? _routeOfToken;
    private readonly int _count;
    private readonly Rows _outputs;

    /// <summary>Takes memory for the outputs.</summary>
    /// <param name="compute">What computes.</param>
    /// <param name="routes">What was decided.</param>
    /// <param name="batch">The sequences.</param>
    /// <param name="isOfSequences">Whether it was decided for sequences, and not for tokens.</param>
    /// <param name="columns">The size of a hidden state.</param>
    public ExpertRows(Compute compute, Routes routes, TokenBatch batch, bool isOfSequences, int columns)
    {
        _compute = compute;
        _routes = routes;
        _count = batch.TokenCount;
        _routeOfToken = isOfSequences ? [.. Enumerable.Range(0, batch.SequenceCount).SelectMany(sequence => Enumerable.Repeat(sequence, batch.LengthOf(sequence)))] : null;
        _outputs = compute.Rent(checked(_count * routes.ChosenCount), columns);
    }

    /// <summary>Returns where each expert's outputs go, token by token; <see cref="TokenOf"/> tells their inputs.</summary>
    public int[][] PlacesByExpert()
    {
        List<int>[] places = new List<int>[_routes.ExpertCount];
        for (int token = 0; token < _count; token++)
        {
            for (int rank = 0; rank < _routes.ChosenCount; rank++)
            {
                (places[_routes.Experts[(RouteOf(token) * _routes.ChosenCount) + rank]] ??= []).Add((rank * _count) + token);
            }
        }

        return [.. places.Select(own => own?.ToArray() ?? [])];
    }

    public int TokenOf(int place) => place % _count;

    /// <summary>Copies an expert's outputs, row by row, to their places.</summary>
    public void Put(Rows outputs, int[] places) => _compute.ForRows(places.Length, outputs.Columns, (first, end) =>
    {
        for (int i = first; i < end; i++)
        {
            outputs.Row(i).CopyTo(_outputs.Row(places[i]));
        }
    });

    /// <summary>Adds the weighted outputs to the residual stream, each token's in the order of the ranks, in double and rounded once, and returns the memory.</summary>
    public void AddTo(Rows stream)
    {
        int chosen = _routes.ChosenCount;
        _compute.ForRows(_count, stream.Columns * chosen, (first, end) =>
        {
            for (int token = first; token < end; token++)
            {
                RowPasses.AddWeighted(_outputs, token, _count, _routes.ExactWeights.AsSpan(RouteOf(token) * chosen, chosen), stream.Row(token));
            }
        });
        _compute.Return(_outputs);
    }

    private int RouteOf(int token) => _routeOfToken?[token] ?? token;
}
