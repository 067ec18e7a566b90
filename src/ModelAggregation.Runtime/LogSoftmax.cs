namespace ModelAggregation.Runtime;

/// <summary>Log-probabilities of logits, in double.</summary>
internal static class LogSoftmax
{
    /// <summary>Returns the log-probability of a token: its logit minus the logarithm of the sum of all exponentials. Never above zero; NaN where logits are not finite.</summary>
    public static double Of(ReadOnlySpan<float> logits, int token)
    {
        double most = logits[Likeliest(logits)];
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - most);
        }

        return logits[token] - most - Math.Log(sum);
    }

    /// <summary>Returns the token with the largest logit, the first of equal ones.</summary>
    public static int Likeliest(ReadOnlySpan<float> logits)
    {
        int likeliest = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[likeliest])
            {
                likeliest = i;
            }
        }

        return likeliest;
    }
}
