using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Merging;

/// <summary>Models by name; counts how often each is opened.</summary>
internal sealed class FakeResolver : IModelResolver
{
    private readonly Dictionary<string, FakeModel> _models = new(StringComparer.Ordinal);

    public FakeResolver(params (string Name, FakeModel Model)[] models)
    {
        foreach ((string name, FakeModel model) in models)
        {
            _models.Add(name, model);
        }
    }

    public List<string> Opened { get; } = [];

    public TensorSet Open(string reference)
    {
        Opened.Add(reference);
        return _models.TryGetValue(reference, out FakeModel? model) ? model : throw new NotFoundException($"Model '{reference}' is not here.");
    }

    private sealed class NotFoundException(string message) : ModelDataException(message);
}
