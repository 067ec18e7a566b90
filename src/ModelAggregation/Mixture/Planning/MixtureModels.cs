using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Planning;

/// <summary>The models of a recipe, each opened once.</summary>
internal sealed class MixtureModels : IDisposable
{
    private readonly Dictionary<string, TensorSet> _opened = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MixtureModel> _models = new(StringComparer.Ordinal);

    private MixtureModels()
    {
    }

    /// <summary>Gets all that is opened.</summary>
    public IEnumerable<TensorSet> Opened => _opened.Values;

    /// <summary>Opens the models; those that cannot be mixed become problems.</summary>
    public static MixtureModels Open(MixtureRecipe recipe, IModelResolver resolver, MixtureFindings findings, CancellationToken cancellationToken)
    {
        MixtureModels models = new();
        try
        {
            string[] references = [.. recipe.References().Where(reference => !string.IsNullOrWhiteSpace(reference))];
            StableNames names = new(references);
            foreach (string reference in references)
            {
                cancellationToken.ThrowIfCancellationRequested();
                models.Open(reference, names.Of(reference), resolver, findings);
            }

            return models;
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }

    /// <summary>Returns a model, or null when it cannot be mixed.</summary>
    public MixtureModel? Find(string reference) => _models.GetValueOrDefault(reference);

    public void Dispose()
    {
        foreach (TensorSet tensors in _opened.Values)
        {
            tensors.Dispose();
        }
    }

    private void Open(string reference, string name, IModelResolver resolver, MixtureFindings findings)
    {
        TensorSet tensors;
        try
        {
            tensors = resolver.Open(reference);
        }
        catch (AdapterException error)
        {
            foreach (AdapterProblem problem in error.Problems)
            {
                findings.Add(MixtureProblemKind.Adapter, problem.Message, reference, problem.TensorName);
            }

            return;
        }
        catch (ModelDataException error)
        {
            findings.Add(MixtureProblemKind.ModelNotFound, error.Message, reference, error.TensorName);
            return;
        }

        _opened.Add(reference, tensors);
        if (MixtureModel.TryCreate(reference, name, tensors, findings) is { } model)
        {
            _models.Add(reference, model);
        }
    }
}
