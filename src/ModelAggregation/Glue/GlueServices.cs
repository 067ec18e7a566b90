using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelAggregation.Evaluation;
using ModelAggregation.Merging;

namespace ModelAggregation.Glue;

/// <summary>What a host gives to a pipeline: engines, evaluators, methods, a log.</summary>
public sealed record GlueServices
{
    /// <summary>Gets what runs the models of built-in tasks, such as <c>RuntimeLanguageModelFactory</c> of <c>ModelAggregation.Runtime</c>.</summary>
    /// <value>Null by default: then the recipe has an endpoint or a process, or the host gives evaluators.</value>
    public ILanguageModelFactory? Models { get; init; }

    /// <summary>Gets what reads hidden states for routers.</summary>
    /// <value>Null by default: then mixtures can have random routers only.</value>
    public IHiddenStateSourceFactory? HiddenStates { get; init; }

    /// <summary>Gets what models are selected by, in place of the recipe's evaluation.</summary>
    /// <value>Null by default.</value>
    public IModelEvaluator? Proxy { get; init; }

    /// <summary>Gets what models are reported by, in place of the recipe's evaluation. It shares no example with <see cref="Proxy"/>.</summary>
    /// <value>Null by default.</value>
    public IModelEvaluator? HoldOut { get; init; }

    /// <summary>Gets the merge methods that recipes may name.</summary>
    /// <value>Null by default: those of this library.</value>
    public MergeMethodRegistry? Methods { get; init; }

    /// <summary>Gets what sends requests to the recipe's endpoint; the host disposes it.</summary>
    /// <value>Null by default.</value>
    public HttpClient? Http { get; init; }

    /// <summary>Gets the log.</summary>
    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Gets what tells the time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
