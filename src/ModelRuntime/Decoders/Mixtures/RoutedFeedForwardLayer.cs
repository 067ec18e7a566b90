namespace ModelRuntime.Decoders.Mixtures;

/// <summary>A layer whose feed-forward block is a mixture: each token goes through the experts that were chosen for it or for its sequence.</summary>
internal sealed class RoutedFeedForwardLayer(MixtureConfig mixture, int innerSize) : IDecoderLayer
{
    public required AttentionBlock Attention { get; init; }

    public required RmsNorm FeedForwardNorm { get; init; }

    public required Router Router { get; init; }

    public required IReadOnlyList<GatedFeedForward> Experts { get; init; }

    public IEnumerable<Linear> Linears => [.. Attention.Linears, .. Router.Linears, .. Experts.SelectMany(expert => expert.Linears)];

    public void Forward(Pass pass, Rows stream)
    {
        Compute compute = pass.Compute;
        int count = stream.Count;
        Attention.Forward(pass, stream, keepsTape: false);
        Rows normal = compute.Rent(count, stream.Columns);
        FeedForwardNorm.Forward(compute, stream, normal);
        pass.KeepFeedForwardInput(normal);
        Routes routes = Router.Decide(pass, normal);
        ExpertRows rows = new(compute, routes, pass.Batch, mixture.RoutesSequences, stream.Columns);
        Rows input = compute.Rent(count, stream.Columns);
        Rows output = compute.Rent(count, stream.Columns);

        // What experts with more and more tokens take for themselves finds memory for all of them.
        compute.Return(compute.Rent(count, innerSize), compute.Rent(count, innerSize));
        int[][] places = rows.PlacesByExpert();
        for (int expert = 0; expert < places.Length; expert++)
        {
            pass.CancellationToken.ThrowIfCancellationRequested();
            int[] own = places[expert];
            if (own.Length > 0)
            {
                (input.Count, output.Count) = (own.Length, own.Length);
                compute.ForRows(own.Length, stream.Columns, (first, end) => Gather(normal, rows, own, input, first, end));
                Experts[expert].Forward(pass, input, output, adds: false);
                rows.Put(output, own);
            }
        }

        rows.AddTo(stream);
        compute.Return(normal, input, output);
    }

    private static void Gather(Rows from, ExpertRows rows, int[] places, Rows to, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            from.Row(rows.TokenOf(places[i])).CopyTo(to.Row(i));
        }
    }
}
