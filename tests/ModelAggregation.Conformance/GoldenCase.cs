using System.Text.Json.Nodes;
using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Conformance;

/// <summary>One case of index.json: a tensor of some models, a method with parameters, and what the reference made of it.</summary>
internal sealed class GoldenCase(JsonNode node)
{
    // A tensor that every model has, so that models which lack the case's own are models nevertheless.
    private const string Common = "common.bias";

    private static readonly Dictionary<string, GoldenCase> ById = Load();

    public static IReadOnlyCollection<GoldenCase> All => ById.Values;

    public string Id => Text("id");

    public string Method => Text("method");

    public string Expect => Text("expect");

    public string Tensor => Text("tensor_name");

    public string[] Models { get; } = [.. node["models"]!.AsArray().Select(model => model!.GetValue<string>())];

    public string? BaseModel => node["base_model"]?.GetValue<string>();

    public double Tolerance => node["rtol"]!.GetValue<double>();

    public JsonObject Parameters => node["parameters"]!.AsObject();

    public IReadOnlyDictionary<string, int> Kept { get; } = node["kept_per_model"]?.AsObject()
        .ToDictionary(item => item.Key, item => item.Value!.GetValue<int>(), StringComparer.Ordinal) ?? [];

    public static GoldenCase Find(string id) => ById[id];

    public string Input(string model) => node["inputs"]![model]!.GetValue<string>();

    public double? Number(string parameter, string model) => node["tensor_parameters"]![parameter]?[model]?.GetValue<double>();

    public float[] Expected() => GoldenTensors.Expected.Singles(Text("expected"));

    public bool[] Excluded(int count) =>
        node["excluded_mask"] is { } mask ? [.. TensorBytes.Read(GoldenTensors.Masks[mask.GetValue<string>()]).Select(value => value != 0)] : new bool[count];

    /// <summary>Writes the recipe of the case.</summary>
    public MergeRecipe Recipe(MismatchPolicy onMismatch, Func<string, string>? reference = null)
    {
        reference ??= model => model;
        MergeRecipeBuilder builder = MergeRecipe.With(Method).OutputType(DataType.F32).OnMismatch(onMismatch);
        if (BaseModel is { } baseModel)
        {
            builder.Base(reference(baseModel));
        }

        foreach (string model in Recipients())
        {
            builder.Model(reference(model), parameters =>
            {
                foreach ((string name, JsonNode? values) in node["tensor_parameters"]!.AsObject())
                {
                    if (values![model] is { } value)
                    {
                        parameters.Parameter(name, value.GetValue<double>());
                    }
                }

                // A model that lacks the tensor takes no part, but its recipe line needs its weight.
                if (!Models.Contains(model) && Method is "task_arithmetic")
                {
                    parameters.Parameter("weight", 1.0);
                }
            });
        }

        foreach ((string name, JsonNode? value) in Parameters)
        {
            builder.Parameter(name, Vectors.Setting(value!));
        }

        return builder.Build();
    }

    /// <summary>Creates the models; the caller disposes them.</summary>
    public Dictionary<string, TestModel> CreateModels()
    {
        Dictionary<string, TestModel> models = new(StringComparer.Ordinal);
        foreach (string name in Recipients().Concat(BaseModel is { } baseModel ? [baseModel] : []).Distinct(StringComparer.Ordinal))
        {
            TestModel model = new();
            models.Add(name, model);
            if (Models.Contains(name))
            {
                TensorSource source = GoldenTensors.Inputs[Input(name)];
                model.AddBytes(Tensor, source.DataType, source.Shape.Dimensions.AsSpan(), TensorBytes.Read(source));
            }

            model.Add(Common, 1, 2, 3);
        }

        return models;
    }

    // The reference's one-model cases of methods for more are those where the other models lack the tensor.
    private IEnumerable<string> Recipients() =>
        Models.Length > 1 || BaseModel is null ? Models
        : Method is "model_stock" ? [.. Models, "other", "another"]
        : Models.Append("other");

    private static Dictionary<string, GoldenCase> Load()
    {
        HashSet<string> methods = [.. MergeMethodRegistry.CreateDefault().Methods.Select(method => method.Name)];
        return Vectors.Load("index.json")["cases"]!.AsArray()
            .Select(item => new GoldenCase(item!))
            .Where(item => methods.Contains(item.Method))
            .ToDictionary(item => item.Id, StringComparer.Ordinal);
    }

    private string Text(string key) => node[key]!.GetValue<string>();
}
