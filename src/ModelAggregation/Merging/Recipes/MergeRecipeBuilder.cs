using System.Runtime.CompilerServices;
using ModelTensors;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Builds recipes in code; start with <see cref="MergeRecipe.With"/>.</summary>
/// <example>
/// <code>
/// MergeRecipe recipe = MergeRecipe.With("ties").Base("llama")
///     .Model("llama-math", weight: 0.5, density: 0.4)
///     .Model("llama-code", model => model.Parameter("weight", [0.2, 0.8]))
///     .Parameter("lambda", 0.8)
///     .OutputType(DataType.BF16)
///     .Build();
/// </code>
/// </example>
public sealed partial class MergeRecipeBuilder
{
    private readonly List<MergeModel> _models = [];
    private readonly List<MergeSlice> _slices = [];
    private readonly List<MergeModule> _modules = [];
    private readonly ParameterSetBuilder _parameters = new();
    private MergeRecipe _recipe;

    /// <summary>Starts a recipe.</summary>
    /// <param name="method">The method's name, such as <c>ties</c>.</param>
    public MergeRecipeBuilder(string method)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(method);
        _recipe = new MergeRecipe { Method = method };
    }

    /// <summary>Sets the base model (<c>base_model</c>).</summary>
    /// <param name="model">The model's reference.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Base(string model)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        _recipe = _recipe with { BaseModel = model };
        return this;
    }

    /// <summary>Adds a model that is merged over all its layers, with the two most common parameters.</summary>
    /// <param name="model">The model's reference.</param>
    /// <param name="weight">The parameter <c>weight</c>, or null to leave it to wider scopes.</param>
    /// <param name="density">The parameter <c>density</c>, or null to leave it to wider scopes.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Model(string model, double? weight = null, double? density = null) =>
        Model(model, parameters => parameters.Common(weight, density));

    /// <summary>Adds a model that is merged over all its layers, with parameters of its own.</summary>
    /// <param name="model">The model's reference.</param>
    /// <param name="configure">Sets the parameters.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Model(string model, Action<ParameterSetBuilder> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        _models.Add(new MergeModel(model, ParameterSetBuilder.From(configure)));
        return this;
    }

    /// <summary>Adds a model with statistics, for methods that weigh by them, such as <c>fisher</c>.</summary>
    /// <param name="model">The model's reference.</param>
    /// <param name="statistics">The reference of the checkpoint with its statistics.</param>
    /// <param name="weight">The parameter <c>weight</c>, or null to leave it to wider scopes.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Model(string model, string statistics, double? weight = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(statistics);
        Model(model, weight);
        _models[^1] = _models[^1] with { Statistics = statistics };
        return this;
    }

    /// <summary>Adds output layers made of layers of models; the first slice makes the first layers.</summary>
    /// <param name="configure">Sets the slice's sources and parameters.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Slice(Action<MergeSliceBuilder> configure)
    {
        _slices.Add(MergeSliceBuilder.From(configure));
        return this;
    }

    /// <summary>Adds a module: a part of the models, told by tensor names, that is merged in a way of its own (<c>modules</c>).</summary>
    /// <param name="name">The name, such as <c>text_decoder</c>, or <see cref="MergeModule.Default"/> for whatever no other module takes.</param>
    /// <param name="configure">Sets the module's models or slices, its base model and parameters.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Module(string name, Action<MergeModuleBuilder> configure)
    {
        _modules.Add(MergeModuleBuilder.From(name, configure));
        return this;
    }

    /// <summary>Sets a parameter of the widest scope.</summary>
    /// <param name="name">The parameter's name, such as <c>lambda</c>.</param>
    /// <param name="value">A number, a truth value, a word, or a <see cref="ParameterValue"/>.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Parameter(string name, ParameterValue value)
    {
        _parameters.Parameter(name, value);
        return this;
    }

    /// <summary>Sets a parameter of the widest scope to a gradient over the layers.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="gradient">The values, from the first layer to the last; at least one.</param>
    /// <returns>This builder.</returns>
    [OverloadResolutionPriority(1)] // An array of numbers converts to a ParameterValue too.
    public MergeRecipeBuilder Parameter(string name, IReadOnlyList<double> gradient)
    {
        _parameters.Parameter(name, gradient);
        return this;
    }

    /// <summary>Sets a parameter of the widest scope by the names of tensors.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="cases">Parts of names with their values, such as <c>("mlp", 0.5), ("*", 1)</c>; the first that fits applies.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Parameter(string name, params IReadOnlyList<(string Filter, ParameterValue Value)> cases)
    {
        _parameters.Parameter(name, cases);
        return this;
    }

    /// <summary>Sets mergekit's <c>dtype</c>: here only the output's type where <see cref="OutputType"/> gives none.</summary>
    /// <param name="type">F16, BF16, F32 or F64.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Type(DataType type)
    {
        _recipe = _recipe with { DataType = type };
        return this;
    }

    /// <summary>Sets the type of the output (<c>out_dtype</c>).</summary>
    /// <param name="type">F16, BF16, F32 or F64.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder OutputType(DataType type)
    {
        _recipe = _recipe with { OutputDataType = type };
        return this;
    }

    /// <summary>Sets the seed of methods that draw random numbers (<c>random_seed</c>).</summary>
    /// <param name="seed">The seed; 0 by default.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder Seed(ulong seed)
    {
        _recipe = _recipe with { Seed = seed };
        return this;
    }

    /// <summary>Sets what to do with NaN and infinities (<c>non_finite</c>).</summary>
    /// <param name="policy">The policy; <see cref="NonFinitePolicy.Fail"/> by default.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder NonFinite(NonFinitePolicy policy)
    {
        _recipe = _recipe with { NonFinite = policy };
        return this;
    }

    /// <summary>Sets what to do with a model whose tensor is missing or has another shape (<c>on_mismatch</c>).</summary>
    /// <param name="policy">The policy; <see cref="MismatchPolicy.Error"/> by default.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder OnMismatch(MismatchPolicy policy)
    {
        _recipe = _recipe with { OnMismatch = policy };
        return this;
    }

    /// <summary>Sets what to do with integer tensors (<c>integer_tensors</c>).</summary>
    /// <param name="policy">The policy; <see cref="IntegerPolicy.Error"/> by default.</param>
    /// <returns>This builder.</returns>
    public MergeRecipeBuilder IntegerTensors(IntegerPolicy policy)
    {
        _recipe = _recipe with { IntegerTensors = policy };
        return this;
    }

    /// <summary>Makes the recipe.</summary>
    /// <exception cref="RecipeException">It breaks a rule that is known without opening a model; the message lists every one.</exception>
    public MergeRecipe Build()
    {
        MergeRecipe recipe = _recipe with { Models = [.. _models], Slices = [.. _slices], Modules = [.. _modules], Parameters = _parameters.Build() };
        string[] problems = [.. RecipeShape.Check(recipe).Select(problem => problem.Message)];
        return problems.Length == 0 ? recipe : throw new RecipeException(string.Join(" ", problems));
    }
}
