namespace ModelRuntime.Decoders.Mixtures;

/// <summary>What the states of a prompt's tokens are pooled to for a router that decides for whole sequences (<c>sequence_pooler</c>).</summary>
public enum PromptPooling
{
    /// <summary>Their mean (<c>mean</c>).</summary>
    Mean,

    /// <summary>The state of the last token (<c>last_token</c>; ours).</summary>
    Last,

    /// <summary>The state of the first token (<c>first_token</c>), which is the same for all prompts that begin with the same token.</summary>
    First,
}
