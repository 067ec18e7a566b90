namespace ModelRuntime.Decoders.Mixtures;

/// <summary>A layer that is a mixture of whole layers: each sequence goes through the experts that were chosen for it, and the weighted sum of what they give replaces the residual stream.</summary>
internal sealed class RoutedLayer : IDecoderLayer
{
    /// <summary>Gets the router; null where a layer before has decided for this one.</summary>
    public required Router? Router { get; init; }

    public required IReadOnlyList<DecoderLayer> Experts { get; init; }

    /// <summary>Gets whether what the router decides holds for the layers behind this one as well.</summary>
    public required bool SharesRoutes { get; init; }

    public IEnumerable<Linear> Linears => [.. Router?.Linears ?? [], .. Experts.SelectMany(expert => expert.Linears)];

    public void Forward(Pass pass, Rows stream)
    {
        Routes routes = Router?.Decide(pass, stream) ?? pass.Routing!.Shared!;
        if (SharesRoutes)
        {
            pass.Routing!.Shared = routes;
        }

        ExpertRows rows = new(pass.Compute, routes, pass.Batch, isOfSequences: true, stream.Columns);
        int[][] places = rows.PlacesByExpert();
        for (int expert = 0; expert < places.Length; expert++)
        {
            if (places[expert].Length > 0)
            {
                pass.CancellationToken.ThrowIfCancellationRequested();
                Rows states = pass.Compute.Rent(places[expert].Length, stream.Columns);
                for (int i = 0; i < states.Count; i++)
                {
                    stream.Row(rows.TokenOf(places[expert][i])).CopyTo(states.Row(i));
                }

                Experts[expert].Forward(pass.Only(SequencesOf(routes, expert)), states);
                rows.Put(states, places[expert]);
                pass.Compute.Return(states);
            }
        }

        stream.Span.Clear();
        rows.AddTo(stream);
    }

    private static int[] SequencesOf(Routes routes, int expert) =>
        [.. Enumerable.Range(0, routes.RowCount).Where(sequence => routes.Experts.AsSpan(sequence * routes.ChosenCount, routes.ChosenCount).Contains(expert))];
}
