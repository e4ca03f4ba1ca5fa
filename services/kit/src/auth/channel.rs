//! The channel a request came through (办理渠道).

use kernel::Refusal;

kernel::text_enum! {
    /// 办理渠道: recorded with every mutation and every sensitive read.
    pub enum Channel {
        /// 网上门户
        Portal = "portal",
        /// 手机应用
        App = "app",
        /// 自助终端
        Kiosk = "kiosk",
        /// 呼叫中心
        CallCentre = "call_centre",
        /// 办事窗口
        OfficeDesk = "office_desk",
        /// 系统接口: where a request names no channel
        Api = "api",
    }
}

impl Channel {
    /// Reads the channel a request names; an unknown one is refused, because a
    /// record with a guessed channel is worth nothing to an auditor.
    pub fn try_new(text: &str) -> Result<Self, Refusal> {
        text.parse().map_err(|_| {
            let known = Self::ALL
                .iter()
                .map(|c| c.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            Refusal::invalid(
                super::header::CHANNEL,
                "CHANNEL_UNKNOWN",
                format!("办理渠道不在允许范围内,可用的渠道为:{known}"),
                format!("This channel is not known; the channels are: {known}"),
            )
        })
    }
}
