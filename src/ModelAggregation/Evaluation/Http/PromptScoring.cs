namespace ModelAggregation.Evaluation.Http;

/// <summary>How an endpoint is asked for the log-probabilities of a prompt.</summary>
public enum PromptScoring
{
    /// <summary><c>echo: true</c> with <c>logprobs: 1</c>: the completion begins with the prompt's own tokens. OpenAI's protocol; vLLM, and others that follow it.</summary>
    Echo,

    /// <summary><c>prompt_logprobs: 1</c>: a list beside the completion. vLLM's own; needs no echo.</summary>
    PromptLogProbabilities,
}
