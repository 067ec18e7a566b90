using ModelAggregation.Mixture.Text;

namespace ModelAggregation.Tests.Mixture.Text;

/// <summary>A router that goes by the digit with which a text begins.</summary>
internal sealed class FakeTextRouter(int expertCount) : ITextRouter
{
    public List<string> Asked { get; } = [];

    public int Disposals { get; private set; }

    public int ExpertCount => expertCount;

    public ValueTask<IReadOnlyList<TextRoute>> RouteAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        Asked.AddRange(texts);
        return ValueTask.FromResult<IReadOnlyList<TextRoute>>([.. texts.Select(text => text[0] - '0').Select(expert => new TextRoute(expert, [.. Enumerable.Range(0, expertCount).Select(i => i == expert ? 0.5 : 0.5 / (expertCount - 1))]))]);
    }

    public ValueTask DisposeAsync()
    {
        Disposals++;
        return ValueTask.CompletedTask;
    }
}
