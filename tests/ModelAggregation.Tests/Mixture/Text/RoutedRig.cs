using ModelAggregation.Evaluation;
using ModelAggregation.Mixture;
using ModelAggregation.Mixture.Routers;
using ModelAggregation.Mixture.Text;
using ModelAggregation.Tests.Evaluation;
using ModelAggregation.Tests.Mixture.Routers;
using ModelSdk.Testing;

namespace ModelAggregation.Tests.Mixture.Text;

/// <summary>Folders of two models, and what opens them.</summary>
internal sealed class RoutedRig : IDisposable, ILanguageModelFactory, IHiddenStateSourceFactory
{
    private readonly TestFolder _folder = new();

    public RoutedRig()
    {
        foreach ((string name, float value) in new[] { ("first", 1f), ("second", 2f) })
        {
            using TestModel model = new TestModel { Config = new() { ["model_type"] = name } }.Add("w", value, value);
            model.Write(_folder["models", name]);
        }
    }

    public List<string> Opened { get; } = [];

    public List<FakeStates> Sources { get; } = [];

    public string Id => "rig";

    public string Folder => _folder["routed"];

    public RoutedModel Model => new()
    {
        Experts = [new RoutedModelExpert("one", _folder["models", "first"]) { Labels = ["reverse", "sort"] }, new RoutedModelExpert("two", _folder["models", "second"])],
        Router = new TextRouterSettings { Model = _folder["models", "first"], Layer = 1, Pooling = RouterPooling.Last, Router = new LinearRouter(2, 2, [.5f, -1, 0, 3]), MaxCharacters = 40 },
        Provenance = new Dictionary<string, string>(StringComparer.Ordinal) { ["seed"] = "7", ["fitted"] = "\"quoted\" é" },
    };

    public string this[params string[] names] => _folder[names];

    /// <summary>Texts that begin with an a go to the first model.</summary>
    ValueTask<IHiddenStateSource> IHiddenStateSourceFactory.OpenAsync(ModelCandidate model, CancellationToken cancellationToken)
    {
        FakeStates source = new(2, 2, text => new PromptStates(1, 2, [0, 0, text[0] == 'a' ? 9 : 0, 1], new float[4], new float[2]));
        Sources.Add(source);
        return ValueTask.FromResult<IHiddenStateSource>(source);
    }

    public ValueTask<ILanguageModel> OpenAsync(ModelCandidate candidate, CancellationToken cancellationToken = default)
    {
        Opened.Add(candidate.Name);
        return ValueTask.FromResult<ILanguageModel>(new CharacterModel((uint)candidate.Name.Length));
    }

    public void Dispose() => _folder.Dispose();
}
