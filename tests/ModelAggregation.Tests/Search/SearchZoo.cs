using ModelAggregation.Zoo;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Tests.Search;

/// <summary>Models of one matrix with a row each, written to a folder of a test's own.</summary>
internal sealed class SearchZoo : IDisposable
{
    public const string Tensor = "model.layers.0.mlp.up_proj.weight";

    private readonly TestFolder _folder = new();

    public SearchZoo(params (string Name, float[] Values)[] models)
    {
        foreach ((string name, float[] values) in models)
        {
            using TestModel model = new TestModel().Add(Tensor, DataType.F32, [values.Length, 1], values);
            model.Write(_folder["zoo", name]);
        }

        Zoo = Open([.. models.Select(model => model.Name)]);
    }

    /// <summary>Writes models of tensors of one element, all of which are a model's number.</summary>
    public SearchZoo(string[] tensors, params (string Name, float Value)[] models)
    {
        foreach ((string name, float value) in models)
        {
            using TestModel model = new();
            foreach (string tensor in tensors)
            {
                model.Add(tensor, DataType.F32, [1, 1], value);
            }

            model.Write(_folder["zoo", name]);
        }

        Zoo = Open([.. models.Select(model => model.Name)]);
    }

    public ModelZoo Zoo { get; }

    public string this[string name] => _folder[name];

    public void Dispose() => _folder.Dispose();

    private ModelZoo Open(string[] names) => ModelZoo.Open(names, new ModelResolver(new ModelResolverOptions { BaseFolders = [_folder["zoo"]] }));
}
